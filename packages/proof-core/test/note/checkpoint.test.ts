import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64Encode } from '../../src/bytes/base64.ts';
import { EMPTY_ROOT } from '../../src/merkle/hash.ts';
import { formatCheckpoint, parseCheckpoint } from '../../src/note/checkpoint.ts';
import { noteKey } from '../../src/note/key.ts';
import { signNote } from '../../src/note/sign.ts';
import { verifyCheckpoint } from '../../src/note/verify-checkpoint.ts';
import { codeOf, codeOfAsync, expectRefusal } from '../merkle/refused.ts';
import { bytes, ed25519, text } from './signers.ts';

const ROOT = new Uint8Array(32).fill(0xa5);
const LINES = ['example.com/log', '17', base64Encode(ROOT)] as const;
const join = (...lines: readonly string[]): Uint8Array => bytes(lines.map((line) => `${line}\n`).join(''));

test('a checkpoint is its origin, size and root, each on a line', () => {
  const checkpoint = { origin: 'example.com/log', size: 17, root: ROOT };
  expect(text(formatCheckpoint(checkpoint))).toBe('example.com/log\n17\npaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=\n');
  expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
});

test('every checkpoint reads back', () => {
  const origin = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !/\p{Cc}/u.test(value));
  const root = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const extensions = fc.array(origin, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(origin, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), root, extensions, (name, size, hash, lines) => {
      const checkpoint = { origin: name, size, root: hash };
      expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
      const extended = { ...checkpoint, extensions: lines };
      expect(parseCheckpoint(formatCheckpoint(extended), { extensions: true })).toEqual(extended);
      expectRefusal(() => parseCheckpoint(formatCheckpoint(extended)), 'ERR_CHECKPOINT');
    }),
  );
});

describe('a text of another form is refused', () => {
  test.each([
    ['no line', '', 'ERR_CHECKPOINT'],
    ['an empty line', '\n', 'ERR_CHECKPOINT'],
    ['no origin', ['', LINES[1], LINES[2]], 'ERR_CHECKPOINT'],
    ['two lines', [LINES[0], LINES[1]], 'ERR_CHECKPOINT'],
    ['no line feed at the end', LINES.join('\n'), 'ERR_CHECKPOINT'],
    ['an empty line at the end', [...LINES, ''], 'ERR_CHECKPOINT'],
    ['an extension line', [...LINES, 'more'], 'ERR_CHECKPOINT'],
    ['CRLF', `${LINES.join('\r\n')}\r\n`, 'ERR_DECIMAL'],
    ['a control character in the origin', ['a\u0007', LINES[1], LINES[2]], 'ERR_CHECKPOINT'],
    ['a C1 control character in the origin', ['a\u0085', LINES[1], LINES[2]], 'ERR_CHECKPOINT'],
    ['a leading zero', [LINES[0], '017', LINES[2]], 'ERR_DECIMAL'],
    ['a sign', [LINES[0], '+17', LINES[2]], 'ERR_DECIMAL'],
    ['a space after the size', [LINES[0], '17 ', LINES[2]], 'ERR_DECIMAL'],
    ['a size in hexadecimal', [LINES[0], '0x11', LINES[2]], 'ERR_DECIMAL'],
    ['no size', [LINES[0], '', LINES[2]], 'ERR_DECIMAL'],
    ['a size of 2^53', [LINES[0], '9007199254740992', LINES[2]], 'ERR_TREE_SIZE'],
    ['a size of 2^64', [LINES[0], '18446744073709551616', LINES[2]], 'ERR_TREE_SIZE'],
    ['a root of 31 bytes', [LINES[0], LINES[1], base64Encode(new Uint8Array(31))], 'ERR_CHECKPOINT'],
    ['a root of 33 bytes', [LINES[0], LINES[1], base64Encode(new Uint8Array(33))], 'ERR_CHECKPOINT'],
    ['no root', [LINES[0], LINES[1], ''], 'ERR_CHECKPOINT'],
    ['a root without padding', [LINES[0], LINES[1], LINES[2].slice(0, -1)], 'ERR_BASE64'],
    ['a root with trailing bits', [LINES[0], LINES[1], LINES[2].replace('U=', 'V=')], 'ERR_BASE64'],
    ['a space after the root', [LINES[0], LINES[1], `${LINES[2]} `], 'ERR_BASE64'],
    ['size 0 with a root', [LINES[0], '0', LINES[2]], 'ERR_CHECKPOINT'],
  ] as const)('%s', (_, content, code) => {
    expect(codeOf(() => parseCheckpoint(typeof content === 'string' ? bytes(content) : join(...content)))).toBe(code);
  });

  test('bytes that are not UTF-8', () => {
    const content = join(...LINES);
    content[0] = 0xff;
    expectRefusal(() => parseCheckpoint(content), 'ERR_UTF8');
  });

  test('an empty or controlled extension line, where extension lines are allowed', () => {
    expectRefusal(() => parseCheckpoint(join(...LINES, ''), { extensions: true }), 'ERR_CHECKPOINT');
    expectRefusal(() => parseCheckpoint(join(...LINES, 'a', '', 'b'), { extensions: true }), 'ERR_CHECKPOINT');
    expectRefusal(() => parseCheckpoint(join(...LINES, 'a\u0000'), { extensions: true }), 'ERR_CHECKPOINT');
  });
});

test('size 0 has exactly one root', () => {
  const empty = { origin: 'example.com/log', size: 0, root: EMPTY_ROOT };
  expect(parseCheckpoint(formatCheckpoint(empty))).toEqual(empty);
  expectRefusal(() => formatCheckpoint({ ...empty, root: ROOT }), 'ERR_CHECKPOINT');
});

test('what parseCheckpoint would refuse is not written', () => {
  const checkpoint = { origin: 'example.com/log', size: 17, root: ROOT };
  expectRefusal(() => formatCheckpoint({ ...checkpoint, origin: '' }), 'ERR_CHECKPOINT');
  expectRefusal(() => formatCheckpoint({ ...checkpoint, origin: 'a\nb' }), 'ERR_CHECKPOINT');
  expectRefusal(() => formatCheckpoint({ ...checkpoint, origin: '\ud800' }), 'ERR_UTF8');
  expectRefusal(() => formatCheckpoint({ ...checkpoint, size: 2 ** 53 }), 'ERR_TREE_SIZE');
  expectRefusal(() => formatCheckpoint({ ...checkpoint, size: -1 }), 'ERR_TREE_SIZE');
  expectRefusal(() => formatCheckpoint({ ...checkpoint, root: new Uint8Array(31) }), 'ERR_HASH_LENGTH');
  expectRefusal(() => formatCheckpoint({ ...checkpoint, extensions: [''] }), 'ERR_CHECKPOINT');
});

describe('verifyCheckpoint', () => {
  const log = ed25519(1);
  const key = noteKey('example.com/log', log.publicKey);
  const sign = (name: string, content = join(...LINES)): Promise<Uint8Array> => signNote(content, [{ name, signer: log }]);

  test('gives the checkpoint under its own key', async () => {
    const { checkpoint, note } = await verifyCheckpoint(await sign('example.com/log'), [key]);
    expect(checkpoint).toEqual({ origin: 'example.com/log', size: 17, root: ROOT });
    expect(note.signers).toEqual([key]);
  });

  test('a key of another log does not speak for this one, unless the caller says whose it is', async () => {
    const note = await sign('other.example');
    const other = noteKey('other.example', log.publicKey);
    expect(await codeOfAsync(() => verifyCheckpoint(note, [other]))).toBe('ERR_CHECKPOINT_ORIGIN');
    expect((await verifyCheckpoint(note, [other], { origin: 'example.com/log' })).checkpoint.size).toBe(17);
    expect(await codeOfAsync(() => verifyCheckpoint(note, [other], { origin: 'other.example' }))).toBe('ERR_CHECKPOINT_ORIGIN');
  });

  test.each([
    'example.com/lo',
    'example.com/logs',
    'a.example.com/log',
    'log',
    'Example.com/log',
    'example.com/log/',
    'example.com/log\ufeff',
  ])('the key %j does not speak for example.com/log: names are compared whole', async (name) => {
    const note = await sign(name);
    expect(await codeOfAsync(() => verifyCheckpoint(note, [noteKey(name, log.publicKey)]))).toBe('ERR_CHECKPOINT_ORIGIN');
    expect(await codeOfAsync(() => verifyCheckpoint(note, [key]))).toBe('ERR_NOTE_UNVERIFIED');
  });

  test('one of several keys that signed must be the log’s', async () => {
    const second = ed25519(2);
    const signers = [
      { name: 'other.example', signer: second },
      { name: 'example.com/log', signer: log },
    ];
    const both = await signNote(join(...LINES), signers);
    const other = noteKey('other.example', second.publicKey);
    expect((await verifyCheckpoint(both, [other, key])).checkpoint.size).toBe(17);
    expect(await codeOfAsync(() => verifyCheckpoint(both, [other]))).toBe('ERR_CHECKPOINT_ORIGIN');
  });

  test('a signed text that is no strict checkpoint is refused', async () => {
    expect(await codeOfAsync(async () => verifyCheckpoint(await sign('example.com/log', join(...LINES, 'more')), [key]))).toBe(
      'ERR_CHECKPOINT',
    );
    const extended = await sign('example.com/log', join(...LINES, 'more'));
    expect((await verifyCheckpoint(extended, [key], { extensions: true })).checkpoint.extensions).toEqual(['more']);
    expect(await codeOfAsync(async () => verifyCheckpoint(await sign('example.com/log', bytes('hello\n')), [key]))).toBe('ERR_CHECKPOINT');
  });
});
