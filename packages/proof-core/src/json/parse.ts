import { utf8Decode } from '../bytes/utf8.ts';
import { ProofError, type ProofErrorCode } from '../errors.ts';
import { checkCanonical } from './check.ts';
import { NUMBER_RULE, parseNumber } from './number.ts';
import { type JsonValue, MAX_DEPTH } from './value.ts';

/**
 * Reads JSON text (RFC 8259) from outside, strictly: any white space and any spelling of a number, but nothing that two readers could take for
 * two different values.
 *
 * @param bytes UTF-8, one value, without a byte order mark
 * @param field what to call the text in an error
 * @returns plain objects and arrays, strings that are well-formed Unicode
 * @throws ProofError ERR_UTF8, ERR_JSON_SYNTAX, ERR_JSON_DEPTH (more than 64 levels), ERR_JSON_KEY (twice, or `__proto__`), ERR_JSON_NUMBER (not
 *   equal to its double, or an integer beyond ±(2^53−1)), ERR_JSON_STRING (a lone surrogate); each with the offset in bytes
 * @see RFC 8259; RFC 7493; docs/spec/canonical-json.md
 * @example parseJson(utf8Encode('{"a": 1.0}')) // { a: 1 }
 */
export function parseJson(bytes: Uint8Array, field = 'json'): JsonValue {
  const reader = new Reader(utf8Decode(bytes, field), field);
  const value = reader.value(0);
  reader.end();
  return value;
}

/**
 * Checks that bytes are canonical JSON (see `checkCanonical`) and reads them.
 *
 * @param field what to call the bytes in an error
 * @throws ProofError ERR_NOT_CANONICAL
 * @example parseCanonical(utf8Encode('{"a":1}')) // { a: 1 }
 */
export function parseCanonical(bytes: Uint8Array, field = 'json'): JsonValue {
  try {
    checkCanonical(bytes);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw new ProofError(error.code, `${field}: ${error.message}`, { field, expected: error.expected!, actual: error.actual! });
  }
  // Canonical form rules out everything in which JSON.parse is lax: duplicate keys, __proto__, inexact numbers, lone surrogates.
  return JSON.parse(utf8Decode(bytes, field)) as JsonValue;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;

class Reader {
  readonly #text: string;
  readonly #field: string;
  #at = 0;

  constructor(text: string, field: string) {
    this.#text = text;
    this.#field = field;
  }

  value(depth: number): JsonValue {
    this.#skip();
    switch (this.#text[this.#at]) {
      case '"':
        return this.#string();
      case '{':
        return this.#object(depth + 1);
      case '[':
        return this.#array(depth + 1);
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#text.length) this.#refuse('ERR_JSON_SYNTAX', 'nothing after the value', 'more text');
  }

  #skip(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #refuse(code: ProofErrorCode, expected: string, what: string, at: number = this.#at): never {
    const actual = `${at >= this.#text.length ? 'the end' : what} at byte ${utf8Length(this.#text, at)}`;
    throw new ProofError(code, `${this.#field}: expected ${expected}, got ${actual}`, { field: this.#field, expected, actual });
  }

  #expect(letter: string): void {
    if (this.#text[this.#at] !== letter) this.#refuse('ERR_JSON_SYNTAX', letter, 'something else');
    this.#at++;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#refuse('ERR_JSON_SYNTAX', word, 'something else');
    this.#at += word.length;
    return value;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const token = NUMBER.exec(this.#text)?.[0];
    if (token === undefined) this.#refuse('ERR_JSON_SYNTAX', 'a value', 'something else');
    const value = parseNumber(token);
    if (value === undefined) this.#refuse('ERR_JSON_NUMBER', NUMBER_RULE, 'another number');
    this.#at += token.length;
    return value;
  }

  #string(): string {
    const start = ++this.#at;
    let text = '';
    for (;;) {
      PLAIN.lastIndex = this.#at;
      text += PLAIN.exec(this.#text)![0];
      this.#at = PLAIN.lastIndex;
      const stop = this.#text[this.#at];
      if (stop === '"') break;
      if (stop !== '\\') this.#refuse('ERR_JSON_SYNTAX', 'a closing quote', 'a control character');
      text += this.#escape();
    }
    this.#at++;
    if (/\p{Surrogate}/u.test(text)) this.#refuse('ERR_JSON_STRING', 'well-formed Unicode', 'a lone surrogate', start);
    return text;
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? '';
    const index = '"\\/bfnrt'.indexOf(letter);
    if (letter !== '' && index >= 0) {
      this.#at += 2;
      return '"\\/\b\f\n\r\t'[index]!;
    }
    const digits = this.#text.slice(this.#at + 2, this.#at + 6);
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) this.#refuse('ERR_JSON_SYNTAX', 'an escape', 'another');
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #array(depth: number): JsonValue[] {
    if (depth > MAX_DEPTH) this.#refuse('ERR_JSON_DEPTH', `at most ${MAX_DEPTH} levels`, 'a deeper one');
    const items: JsonValue[] = [];
    this.#at++;
    this.#skip();
    if (this.#text[this.#at] === ']') return this.#at++, items;
    for (;;) {
      items.push(this.value(depth));
      this.#skip();
      if (this.#text[this.#at] === ']') return this.#at++, items;
      this.#expect(',');
    }
  }

  #object(depth: number): JsonValue {
    if (depth > MAX_DEPTH) this.#refuse('ERR_JSON_DEPTH', `at most ${MAX_DEPTH} levels`, 'a deeper one');
    const members: Record<string, JsonValue> = {};
    this.#at++;
    this.#skip();
    if (this.#text[this.#at] === '}') return this.#at++, members;
    for (;;) {
      this.#skip();
      const start = this.#at;
      if (this.#text[start] !== '"') this.#refuse('ERR_JSON_SYNTAX', 'a key', 'something else');
      const name = this.#string();
      if (name === '__proto__') this.#refuse('ERR_JSON_KEY', 'another key', '__proto__', start);
      if (Object.hasOwn(members, name)) this.#refuse('ERR_JSON_KEY', 'each key once', 'one again', start);
      this.#skip();
      this.#expect(':');
      members[name] = this.value(depth);
      this.#skip();
      if (this.#text[this.#at] === '}') return this.#at++, members;
      this.#expect(',');
    }
  }
}

function utf8Length(text: string, end: number): number {
  let length = 0;
  for (let i = 0; i < end; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair counts two of its four bytes.
    length += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return length;
}
