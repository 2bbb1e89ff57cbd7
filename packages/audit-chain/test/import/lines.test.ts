import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { MAX_LINE_BYTES, readLines } from '../../src/node/import/lines.ts';
import { temporaryFolder } from '../support/database.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
let files = 0;

/** A file of these bytes. */
function file(content: string | Uint8Array): string {
  const path = join(folder.path, `${files++}.jsonl`);
  writeFileSync(path, content);
  return path;
}

type Seen = readonly (readonly [number: number, text: string | undefined])[];

async function linesOf(content: string | Uint8Array): Promise<Seen> {
  const lines: [number, string | undefined][] = [];
  for await (const { number, bytes } of readLines(file(content)))
    lines.push([number, bytes === undefined ? undefined : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)]);
  return lines;
}

test.each<[string, string, Seen]>([
  [
    'LF',
    'a\nb\n',
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  [
    'no LF at the end',
    'a\nb',
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  [
    'CR LF',
    'a\r\nb\r\n',
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  [
    'CR LF and no LF at the end',
    'a\r\nb\r',
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  ['a CR inside a line', 'a\rb\r\r\n', [[1, 'a\rb\r']]],
  [
    'empty lines count but are left out',
    '\n\r\na\n\n\nb\n\n',
    [
      [3, 'a'],
      [6, 'b'],
    ],
  ],
  ['an empty file', '', []],
  ['only line ends', '\n\n\r\n', []],
  ['white space is a line', ' \n', [[1, ' ']]],
])('%s', async (_name, content, expected) => {
  expect(await linesOf(content)).toEqual(expected);
  expect(await linesOf(gzipSync(content))).toEqual(expected);
});

test('a byte order mark is not taken away', async () => {
  expect(await linesOf('\ufeffa\n')).toEqual([[1, '\ufeffa']]);
});

test('lines are the same wherever the reads of the file end', async () => {
  const expected = Array.from({ length: 40 }, (_, i) => [i + 1, `${i}`.padStart(100_000 + i, 'é')] as const);
  const content = expected.map(([, text]) => `${text}\n`).join('');
  expect(await linesOf(content)).toEqual(expected);
  expect(await linesOf(gzipSync(content, { level: 1 }))).toEqual(expected);
});

test('a line of 1 MiB is read, a longer one is named and not kept, and what follows is read', async () => {
  const fits = 'x'.repeat(MAX_LINE_BYTES);
  const seen = await linesOf(`${fits}\n${fits}y\n${'z'.repeat(5 * MAX_LINE_BYTES)}\na\n${fits}y`);
  expect(seen.map(([number, text]) => [number, text?.length])).toEqual([
    [1, MAX_LINE_BYTES],
    [2, undefined],
    [3, undefined],
    [4, 1],
    [5, undefined],
  ]);
});

test('the caller sees every uncompressed byte', async () => {
  const content = Buffer.from('a\r\n\n\ufeffb');
  for (const stored of [content, gzipSync(content)]) {
    const seen: Uint8Array[] = [];
    for await (const _ of readLines(file(stored), (chunk) => seen.push(chunk.slice())));
    expect(Buffer.concat(seen)).toEqual(content);
  }
});

test('gzip of several members is one text, also where a line crosses members', async () => {
  const members = ['{"a"', ':1}\n{"b":2', '}\n', '', 'c'].map((part) => gzipSync(part));
  expect(await linesOf(Buffer.concat(members))).toEqual([
    [1, '{"a":1}'],
    [2, '{"b":2}'],
    [3, 'c'],
  ]);
});

describe('what cannot be read to its end', () => {
  const plain = 'line\n'.repeat(10_000);
  const whole = gzipSync(plain);
  const changed = Buffer.from(whole);
  changed[whole.length - 6]! ^= 1;
  const cases: readonly (readonly [string, () => string])[] = [
    ['a file that is not there', () => join(folder.path, 'missing')],
    ['a folder', () => folder.path],
    ['gzip without its last byte', () => file(whole.subarray(0, -1))],
    ['gzip cut in its trailer', () => file(whole.subarray(0, -8))],
    ['gzip cut in the middle', () => file(whole.subarray(0, whole.length / 2))],
    ['gzip cut in its header', () => file(whole.subarray(0, 5))],
    ['gzip cut in its second member', () => file(Buffer.concat([whole, whole.subarray(0, 30)]))],
    ['gzip flushed but not finished', () => file(gzipSync(plain, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -8))],
    ['gzip with a wrong checksum', () => file(changed)],
    ['gzip with something behind it', () => file(Buffer.concat([whole, Buffer.from('{"type":"a.b"}\n')]))],
  ];
  test.each(cases)('%s is ERR_IMPORT_SOURCE', async (_name, path) => {
    const reading = (async () => {
      for await (const _ of readLines(path()));
    })();
    await expect(reading).rejects.toMatchObject({ code: 'ERR_IMPORT_SOURCE', field: 'file' });
  });
});

test('a reader that stops early, and a file that fails, leave no file open', async () => {
  if (!existsSync('/proc/self/fd')) return;
  /** Our files that are open; this process has others, which come and go. */
  const open = (): string[] => readdirSync('/proc/self/fd').map(target).filter((path) => path.startsWith(folder.path)); // prettier-ignore
  const content = 'a\n'.repeat(3_000_000);
  const paths = [file(content), file(gzipSync(content, { level: 1 })), file(gzipSync(content).subarray(0, 4000)), folder.path];
  for (const path of paths) {
    await (async () => {
      for await (const { number } of readLines(path)) if (number === 3) break;
    })().catch(() => {});
  }
  // A file is closed a moment after its stream was destroyed.
  while (open().length > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(open()).toEqual([]);
});

/** What a descriptor of this process leads to; it may be gone by now. */
function target(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return '';
  }
}
