import { ProofError, type ProofErrorCode } from '../errors.ts';
import { isWellFormed } from '../bytes/utf8.ts';
import { NUMBER_RULE, parseNumber } from './number.ts';
import { type JsonValue, MAX_DEPTH } from './value.ts';

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/** Reads one JSON value from text, strictly; see `parseJson`. */
export class Reader {
  readonly #text: string;
  readonly #field: string;
  #at = 0;

  /** @param text well-formed Unicode */
  constructor(text: string, field: string) {
    this.#text = text;
    this.#field = field;
  }

  /** The whole text's value. */
  read(): JsonValue {
    const value = this.#value(0);
    this.#skip();
    if (this.#at < this.#text.length) this.#refuse('ERR_JSON_SYNTAX', 'nothing after the value', 'more text');
    return value;
  }

  #refuse(code: ProofErrorCode, expected: string, what: string, at: number = this.#at): never {
    const actual = `${at < this.#text.length ? what : 'the end'} at byte ${utf8Length(this.#text, at)}`;
    throw new ProofError(code, `${this.#field}: expected ${expected}, got ${actual}`, { field: this.#field, expected, actual });
  }

  /** Goes on to the next character that is not white space (RFC 8259 §2), and gives its code; NaN at the end. */
  #skip(): number {
    const text = this.#text;
    let at = this.#at;
    let code = text.charCodeAt(at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);
    this.#at = at;
    return code;
  }

  #value(depth: number): JsonValue {
    switch (this.#skip()) {
      case 0x22:
        return this.#string();
      case 0x7b:
        return this.#object(depth + 1);
      case 0x5b:
        return this.#array(depth + 1);
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#refuse('ERR_JSON_SYNTAX', word, 'something else');
    this.#at += word.length;
    return value;
  }

  #number(): number {
    const start = this.#at;
    const short = this.#shortNumber();
    if (short !== undefined) return short;
    NUMBER.lastIndex = start;
    if (!NUMBER.test(this.#text)) this.#refuse('ERR_JSON_SYNTAX', 'a value', 'something else');
    this.#at = NUMBER.lastIndex;
    const value = parseNumber(this.#text.slice(start, this.#at));
    if (value === undefined) this.#refuse('ERR_JSON_NUMBER', NUMBER_RULE, 'another number', start);
    return value;
  }

  /** The most common numbers: at most 15 digits and no exponent, which a double always holds (see `parseNumber`); none for any other. */
  #shortNumber(): number | undefined {
    const text = this.#text;
    const start = this.#at;
    const first = text.charCodeAt(start) === 0x2d ? start + 1 : start;
    let at = skipDigits(text, first);
    const whole = at - first;
    if (whole === 0 || (whole > 1 && text.charCodeAt(first) === 0x30)) return undefined;
    let code = text.charCodeAt(at);
    if (code === 0x2e) {
      const point = at;
      at = skipDigits(text, at + 1);
      if (at === point + 1) return undefined;
      code = text.charCodeAt(at);
    }
    if (at - first > 15 || code === 0x65 || code === 0x45) return undefined;
    this.#at = at;
    // Adding 0 turns −0 into 0.
    return Number(text.slice(start, at)) + 0;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    for (let at = start; ; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return text.slice(start, at);
      }
      // Also NaN: the end.
      if (code === 0x5c || !(code >= 0x20)) return this.#escapedString(start, at);
    }
  }

  /** A string with an escape, or an error, at `at`. */
  #escapedString(start: number, at: number): string {
    const text = this.#text;
    const pieces: string[] = [];
    let from = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 0x22) break;
      if (code === 0x5c) {
        pieces.push(text.slice(from, at));
        this.#at = at;
        pieces.push(this.#escape());
        from = at = this.#at;
      } else if (code >= 0x20) at++;
      else this.#refuse('ERR_JSON_SYNTAX', 'a closing quote', 'a control character', at);
    }
    pieces.push(text.slice(from, at));
    this.#at = at + 1;
    const value = pieces.join('');
    if (!isWellFormed(value)) this.#refuse('ERR_JSON_STRING', 'well-formed Unicode', 'a lone surrogate', start - 1);
    return value;
  }

  #escape(): string {
    const letter = this.#text.charAt(this.#at + 1);
    const index = letter === '' ? -1 : '"\\/bfnrt'.indexOf(letter);
    if (index >= 0) {
      this.#at += 2;
      return '"\\/\b\f\n\r\t'.charAt(index);
    }
    const digits = this.#text.slice(this.#at + 2, this.#at + 6);
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) this.#refuse('ERR_JSON_SYNTAX', 'an escape of RFC 8259 §7', 'another');
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #array(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    if (this.#open(depth, 0x5d)) return items;
    do items.push(this.#value(depth));
    while (this.#next(0x5d, ', or ]'));
    return items;
  }

  #object(depth: number): JsonValue {
    const members: Record<string, JsonValue> = {};
    if (this.#open(depth, 0x7d)) return members;
    do {
      if (this.#skip() !== 0x22) this.#refuse('ERR_JSON_SYNTAX', 'a key', 'something else');
      const start = this.#at;
      const name = this.#string();
      if (name === '__proto__') this.#refuse('ERR_JSON_KEY', 'another key', '__proto__', start);
      // Members are never undefined; what `{}` inherits has to be told apart.
      if (members[name] !== undefined && Object.hasOwn(members, name)) this.#refuse('ERR_JSON_KEY', 'each key once', 'one again', start);
      if (this.#skip() !== 0x3a) this.#refuse('ERR_JSON_SYNTAX', ':', 'something else');
      this.#at++;
      members[name] = this.#value(depth);
    } while (this.#next(0x7d, ', or }'));
    return members;
  }

  /** Enters an array or object; true if it is closed at once. */
  #open(depth: number, close: number): boolean {
    if (depth > MAX_DEPTH) this.#refuse('ERR_JSON_DEPTH', `at most ${MAX_DEPTH} levels`, 'a deeper one');
    this.#at++;
    const empty = this.#skip() === close;
    if (empty) this.#at++;
    return empty;
  }

  /** After an element or member: true if a comma promises another, false at the end. */
  #next(close: number, expected: string): boolean {
    const code = this.#skip();
    if (code !== 0x2c && code !== close) this.#refuse('ERR_JSON_SYNTAX', expected, 'something else');
    this.#at++;
    return code === 0x2c;
  }
}

function skipDigits(text: string, at: number): number {
  for (let code = text.charCodeAt(at); code >= 0x30 && code <= 0x39; code = text.charCodeAt(at)) at++;
  return at;
}

/** How many bytes of UTF-8 the first `end` units of well-formed text take. */
function utf8Length(text: string, end: number): number {
  let length = 0;
  for (let i = 0; i < end; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair counts two of its four bytes.
    length += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return length;
}
