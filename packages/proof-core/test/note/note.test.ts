import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_NOTE_BYTES, type NoteSignature, formatNote, parseNote, parseSignatures } from '../../src/note/note.ts';
import { isKeyName } from '../../src/note/text.ts';
import { codeOf, expectRefusal } from '../merkle/refused.ts';
import { EXAMPLE } from './published.ts';
import { bytes, text } from './signers.ts';

const LINE = EXAMPLE.note.split('\n')[2]!;
const BASE64 = LINE.split(' ')[2]!;

test('the published example reads as text and one signature, and writes back byte for byte', () => {
  const note = parseNote(bytes(EXAMPLE.note));
  expect(note.text).toBe('This is an example message.\n');
  expect(note.textBytes).toEqual(bytes(note.text));
  expect(note.signatures).toHaveLength(1);
  expect(note.signatures[0]).toMatchObject({ name: 'example.com/foo', keyId: 0x530d903a });
  expect(note.signatures[0]!.signature).toHaveLength(64);
  expect(text(formatNote(note.textBytes, note.signatures))).toBe(EXAMPLE.note);
});

test('the text ends at the last empty line, whatever it contains', () => {
  for (const content of ['a\n\nb\n', '\n', '\n\n', 'a\n\n', `${LINE}\n`, `a\n\n${LINE}\n\nb\n`, '\ufeffa\n', '\u007f\u0085\n']) {
    expect(parseNote(bytes(`${content}\n${LINE}\n`)).text).toBe(content);
  }
});

test('what is written reads back: any text, any signatures', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((value) => isKeyName(value));
  const signature = fc.record({
    name,
    keyId: fc.nat({ max: 0xffffffff }),
    signature: fc.uint8Array({ minLength: 1, maxLength: 100 }),
  });
  const content = fc.string({ unit: 'grapheme', maxLength: 60 }).map((value) => `${value.replaceAll(/\p{Cc}/gu, '\n')}\n`);
  fc.assert(
    fc.property(content, fc.array(signature, { minLength: 1, maxLength: 5 }), (value, signatures: NoteSignature[]) => {
      const note = parseNote(formatNote(bytes(value), signatures));
      expect(note.text).toBe(value);
      expect(note.signatures).toEqual(signatures);
    }),
  );
});

test('a note that is not bytes of this form is refused', () => {
  for (const [content, ...codes] of [
    ['', 'ERR_NOTE_SYNTAX'],
    ['\n', 'ERR_NOTE_SYNTAX'],
    ['\n\n', 'ERR_NOTE_SYNTAX'],
    ['a\n', 'ERR_NOTE_SYNTAX'],
    ['a\n\n', 'ERR_NOTE_SYNTAX'],
    [`a\n${LINE}\n`, 'ERR_NOTE_SYNTAX'],
    [`a\n\n${LINE}`, 'ERR_NOTE_SYNTAX'],
    [`a\n\n${LINE}\n\n`, 'ERR_NOTE_SYNTAX'],
    [`a\r\n\r\n${LINE}\r\n`, 'ERR_NOTE_SYNTAX'],
    [`a\n\n${LINE}\r\n`, 'ERR_NOTE_SYNTAX'],
    [`a\tb\n\n${LINE}\n`, 'ERR_NOTE_SYNTAX'],
    [`\0a\n\n${LINE}\n`, 'ERR_NOTE_SYNTAX'],
    [`a\n\n${LINE}\nb\n`, 'ERR_NOTE_SIGNATURE_LINE'],
    [`a\n\nb\n${LINE}\n`, 'ERR_NOTE_SIGNATURE_LINE'],
  ] as const) {
    expectRefusal(() => parseNote(bytes(content)), ...codes);
  }
});

test('bytes that are not UTF-8 are refused, in text and signatures', () => {
  const good = bytes(EXAMPLE.note);
  for (const at of [0, 10, good.length - 5]) {
    for (const byte of [0xff, 0xc0, 0x80, 0xed]) {
      const bad = good.slice();
      bad[at] = byte;
      expectRefusal(() => parseNote(bad), 'ERR_UTF8');
    }
  }
});

describe('a signature line', () => {
  test.each([
    `- example.com/foo ${BASE64}`,
    `\u2013 example.com/foo ${BASE64}`,
    `\u2014example.com/foo ${BASE64}`,
    `\u2014\u00a0example.com/foo ${BASE64}`,
    `\u2014  example.com/foo ${BASE64}`,
    `\u2014 example.com/foo  ${BASE64}`,
    `\u2014 example.com/foo ${BASE64} `,
    ` \u2014 example.com/foo ${BASE64}`,
    `\u2014 example.com/foo\u00a0${BASE64}`,
    `\u2014 example.com/foo`,
    `\u2014 ${BASE64}`,
    `\u2014 `,
    `\u2014`,
    '',
    ' ',
    `\u2014 example.com+foo ${BASE64}`,
    `\u2014 example.com/foo ${BASE64} ${BASE64}`,
  ])('of another form is refused: %j', (line) => {
    expectRefusal(() => parseSignatures(bytes(`${line}\n`)), 'ERR_NOTE_SIGNATURE_LINE', 'ERR_NOTE_SYNTAX');
  });

  // Every code point with the property White_Space: what Go's unicode.IsSpace is true for.
  const SPACES = [
    0x9,
    0xb,
    0xc,
    0xd,
    0x20,
    0x85,
    0xa0,
    0x1680,
    0x2028,
    0x2029,
    0x202f,
    0x205f,
    0x3000,
    ...Array.from({ length: 11 }, (_, i) => 0x2000 + i),
  ];
  test.each(SPACES.map((space) => [space.toString(16), space] as const))('with U+%s in the name is refused', (_, space) => {
    const name = `a${String.fromCodePoint(space)}b`;
    expect(isKeyName(name)).toBe(false);
    expectRefusal(() => parseNote(bytes(`a\n\n\u2014 ${name} ${BASE64}\n`)), 'ERR_NOTE_SIGNATURE_LINE', 'ERR_NOTE_SYNTAX');
    expectRefusal(() => formatNote(bytes('a\n'), [{ name, keyId: 1, signature: Uint8Array.of(1) }]), 'ERR_NOTE_SIGNATURE_LINE');
  });

  test('may have a name with U+FEFF, U+200B or U+180E: they are no spaces to Go either', () => {
    for (const code of [0xfeff, 0x200b, 0x180e, 0x2060]) {
      const name = `a${String.fromCodePoint(code)}b`;
      expect(parseSignatures(bytes(`\u2014 ${name} ${BASE64}\n`))[0]!.name).toBe(name);
    }
  });

  test('exactly the code points of White_Space, plus and controls are kept out of names', () => {
    const refused: number[] = [];
    for (let code = 0; code <= 0xffff; code++) {
      if (code < 0xd800 || code > 0xdfff) if (!isKeyName(String.fromCodePoint(code))) refused.push(code);
    }
    const controls = Array.from({ length: 0xa0 }, (_, code) => code).filter((code) => code < 0x20 || code >= 0x7f);
    expect(refused).toEqual([...new Set([...controls, ...SPACES, 0x2b])].sort((a, b) => a - b));
  });

  test('needs strict base64: one text for one value', () => {
    const lax = [
      '____/v7+/v4=',
      '--8_-w==',
      BASE64.slice(0, -1),
      `${BASE64}=`,
      BASE64.replace('M=', 'N='),
      `${BASE64.slice(0, 20)}\u00ad${BASE64.slice(20)}`,
      `${BASE64.slice(0, 20)}=${BASE64.slice(21)}`,
      `${BASE64}!`,
      '====',
    ];
    for (const base64 of lax) {
      expect([base64, codeOf(() => parseSignatures(bytes(`\u2014 n ${base64}\n`)))]).toEqual([base64, 'ERR_BASE64']);
    }
    expectRefusal(() => parseSignatures(bytes('\u2014 n AAAAAA==\n')), 'ERR_NOTE_SIGNATURE_LINE');
    expectRefusal(() => parseSignatures(bytes('\u2014 n \n')), 'ERR_NOTE_SIGNATURE_LINE');
    expect(parseSignatures(bytes('\u2014 n AAAAAAA=\n'))).toEqual([{ name: 'n', keyId: 0, signature: Uint8Array.of(0) }]);
  });
});

test('100 signatures are read, 101 and a million are refused', () => {
  expect(parseNote(bytes(`a\n\n${`${LINE}\n`.repeat(100)}`)).signatures).toHaveLength(100);
  expectRefusal(() => parseNote(bytes(`a\n\n${`${LINE}\n`.repeat(101)}`)), 'ERR_NOTE_SIZE');
  expectRefusal(() => parseSignatures(bytes(`${LINE}\n`.repeat(101))), 'ERR_NOTE_SIZE');
  expectRefusal(() => parseNote(new Uint8Array(1_000_000).fill(10)), 'ERR_NOTE_SIZE');
});

test('a note of the largest size is read, one byte more is refused', () => {
  const rest = bytes(`\n\n${LINE}\n`);
  const largest = new Uint8Array(MAX_NOTE_BYTES).fill(97);
  largest.set(rest, MAX_NOTE_BYTES - rest.length);
  expect(parseNote(largest).text).toHaveLength(MAX_NOTE_BYTES - rest.length + 1);
  const larger = new Uint8Array(MAX_NOTE_BYTES + 1).fill(97);
  larger.set(rest, MAX_NOTE_BYTES + 1 - rest.length);
  expectRefusal(() => parseNote(larger), 'ERR_NOTE_SIZE');
  expectRefusal(() => parseSignatures(larger), 'ERR_NOTE_SIZE');
});

test('sixteen signatures of 5,000 bytes fit, as the specification asks', () => {
  const signatures = Array.from({ length: 16 }, (_, i) => ({ name: `pq${i}`, keyId: i, signature: new Uint8Array(5000).fill(i) }));
  const back = parseNote(formatNote(bytes('a\n'), signatures)).signatures;
  expect(back.every(({ signature }, i) => Buffer.compare(signature, signatures[i]!.signature) === 0)).toBe(true);
  expect(back).toHaveLength(16);
});

test('what parseNote would refuse is not written', () => {
  const signature = { name: 'n', keyId: 1, signature: Uint8Array.of(1) };
  expectRefusal(() => formatNote(bytes('a'), [signature]), 'ERR_NOTE_SYNTAX');
  expectRefusal(() => formatNote(bytes(''), [signature]), 'ERR_NOTE_SYNTAX');
  expectRefusal(() => formatNote(bytes('a\tb\n'), [signature]), 'ERR_NOTE_SYNTAX');
  expectRefusal(() => formatNote(Uint8Array.of(0xff, 0x0a), [signature]), 'ERR_UTF8');
  expectRefusal(() => formatNote(bytes('a\n'), []), 'ERR_NOTE_SIZE');
  expectRefusal(
    () =>
      formatNote(
        bytes('a\n'),
        Array.from({ length: 101 }, () => signature),
      ),
    'ERR_NOTE_SIZE',
  );
  expectRefusal(() => formatNote(new Uint8Array(MAX_NOTE_BYTES).fill(10), [signature]), 'ERR_NOTE_SIZE');
  expectRefusal(() => formatNote(bytes('a\n'), [{ ...signature, name: '' }]), 'ERR_NOTE_SIGNATURE_LINE');
  expectRefusal(() => formatNote(bytes('a\n'), [{ ...signature, name: '\ud800' }]), 'ERR_NOTE_SIGNATURE_LINE');
  expectRefusal(() => formatNote(bytes('a\n'), [{ ...signature, name: 'n'.repeat(256) }]), 'ERR_NOTE_SIGNATURE_LINE');
  expectRefusal(() => formatNote(bytes('a\n'), [{ ...signature, signature: new Uint8Array(0) }]), 'ERR_NOTE_SIGNATURE_LINE');
  expect(() => formatNote(bytes('a\n'), [{ ...signature, keyId: 2 ** 32 }])).toThrow(RangeError);
  expect(() => formatNote(bytes('a\n'), [{ ...signature, keyId: -1 }])).toThrow(RangeError);
});

test('a note keeps copies of the bytes it was read from', () => {
  const source = bytes(EXAMPLE.note);
  const note = parseNote(source);
  source.fill(0);
  expect(text(formatNote(note.textBytes, note.signatures))).toBe(EXAMPLE.note);
});
