import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { type ImportCheck, checkImport } from '../../src/node/import/import.ts';
import { MAX_LINE_BYTES } from '../../src/node/import/lines.ts';
import { temporaryFolder } from '../support/database.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
let files = 0;

async function check(content: string | Uint8Array): Promise<ImportCheck> {
  const path = join(folder.path, `${files++}.jsonl`);
  writeFileSync(path, content);
  return await checkImport(path, 'example.com/log');
}

const GOOD = '{"type":"a.b","actor":"u","payload":{"n":1}}';
const line = (member: string): string => `{"type":"a.b","actor":"u",${member}}`;
const payload = (json: string): string => line(`"payload":{"secret":${json}}`);

describe('a line that is no event is named by its number and code', () => {
  const bad: readonly (readonly [string, string | Uint8Array, string])[] = [
    ['no JSON', 'type: a.b', 'ERR_JSON_SYNTAX'],
    ['JSON cut short', GOOD.slice(0, -1), 'ERR_JSON_SYNTAX'],
    ['two values', `${GOOD}${GOOD}`, 'ERR_JSON_SYNTAX'],
    ['a trailing comma', line('"payload":{},'), 'ERR_JSON_SYNTAX'],
    ['a comment', `${GOOD}//`, 'ERR_JSON_SYNTAX'],
    ['a byte order mark', `\ufeff${GOOD}`, 'ERR_JSON_SYNTAX'],
    ['a list', `[${GOOD}]`, 'ERR_EVENT_MEMBER'],
    ['null', 'null', 'ERR_EVENT_MEMBER'],
    ['a text', '"a.b"', 'ERR_EVENT_MEMBER'],
    ['the same member twice', line('"actor":"v","payload":{}'), 'ERR_JSON_KEY'],
    ['the same member twice, once as an escape', line('"\\u0061ctor":"v","payload":{}'), 'ERR_JSON_KEY'],
    ['the same key twice deep inside', payload('[{"a":1,"a":1}]'), 'ERR_JSON_KEY'],
    ['a key __proto__', payload('{"__proto__":1}'), 'ERR_JSON_KEY'],
    ['an integer that a double cannot hold', payload('12345678901234567890'), 'ERR_JSON_NUMBER'],
    ['2^53', payload('9007199254740992'), 'ERR_JSON_NUMBER'],
    ['a fraction with more digits than a double', payload('0.12345678901234567890123'), 'ERR_JSON_NUMBER'],
    ['a number beyond every double', payload('1e400'), 'ERR_JSON_NUMBER'],
    ['a lone surrogate as an escape', payload('"\\ud83d"'), 'ERR_JSON_STRING'],
    ['a lone surrogate in a key', payload('{"\\udc00":1}'), 'ERR_JSON_STRING'],
    ['invalid UTF-8', Buffer.concat([Buffer.from(GOOD.slice(0, -2)), Buffer.of(0xc3, 0x28), Buffer.from('"}}')]), 'ERR_UTF8'],
    ['a surrogate in UTF-8', Buffer.concat([Buffer.from('{"type":"'), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('"}')]), 'ERR_UTF8'],
    ['a reserved type', '{"type":"chain.created","actor":"u","payload":{}}', 'ERR_EVENT_RESERVED'],
    ['another reserved type', '{"type":"record.redacted","actor":"u","payload":{}}', 'ERR_EVENT_RESERVED'],
    ['an unknown member', line('"payload":{},"user":"u"'), 'ERR_EVENT_MEMBER'],
    ['a member of the link', line('"payload":{},"seq":1'), 'ERR_EVENT_MEMBER'],
    ['no type', '{"actor":"u","payload":{}}', 'ERR_EVENT_MEMBER'],
    ['no actor', '{"type":"a.b","payload":{}}', 'ERR_EVENT_MEMBER'],
    ['occurred_at null', line('"payload":{},"occurred_at":null'), 'ERR_EVENT_MEMBER'],
    ['occurred_at without milliseconds', line('"payload":{},"occurred_at":"2026-11-21T03:12:00Z"'), 'ERR_EVENT_MEMBER'],
    ['id null', line('"payload":{},"id":null'), 'ERR_EVENT_MEMBER'],
    ['an id that is no UUID', line('"payload":{},"id":"17"'), 'ERR_EVENT_MEMBER'],
    ['payload null', line('"payload":null'), 'ERR_EVENT_MEMBER'],
    ['private null', line('"payload":{},"private":null'), 'ERR_EVENT_MEMBER'],
    ['nesting beyond 64 levels', payload('['.repeat(62) + ']'.repeat(62)), 'ERR_JSON_DEPTH'],
    ['nesting without end', '['.repeat(200_000), 'ERR_JSON_DEPTH'],
    ['an event above 65,000 bytes', payload(`"${'x'.repeat(65_000)}"`), 'ERR_EVENT_SIZE'],
    ['a line above 1 MiB', payload(`"${'x'.repeat(MAX_LINE_BYTES)}"`), 'ERR_EVENT_SIZE'],
    ['white space alone', '   ', 'ERR_JSON_SYNTAX'],
    ['a CR inside', `${GOOD}\r\r`, 'none'],
  ];
  test.each(bad)('%s', async (_name, content, code) => {
    const found = await check(Buffer.concat([Buffer.from(`${GOOD}\n\n`), Buffer.from(content), Buffer.from(`\n${GOOD}\n`)]));
    if (code === 'none') expect(found.valid).toBe(3);
    else {
      expect([found.valid, found.invalid, [...found.skip]]).toEqual([2, [{ line: 3, code, reason: expect.any(String) as string }], [3]]);
    }
  });

  test('the reason shows nothing of what the line says', async () => {
    const secret = 'hunter2';
    const lines = [
      `{"${secret}`,
      payload(`"${secret}\\ud800"`),
      payload(`"${secret}" 1`),
      `{"type":"${secret}","actor":"u"}`,
      `"${secret}"`,
      `{"type":"a.b","actor":"u","payload":"${secret}"}`,
    ];
    const { invalid } = await check(lines.join('\n'));
    expect(invalid.length).toBe(lines.length);
    for (const { reason } of invalid) expect(reason).not.toContain(secret);
  });
});

test('everything that JSON allows around an event is accepted', async () => {
  const lines = [
    ` { "payload" : { "n" : 1.50, "e": 1e3, "u": "\\u00e9\\ud83d\\ude00" } , "actor":"u","type":"a.b"}\t`,
    line('"payload":{},"subject":"s","trace":"t","occurred_at":"2026-11-21T03:12:00.123Z","private":{"email":"a@example.com"}'),
    line('"payload":{},"id":"0193b3a4-0000-7000-8000-000000000001"'),
    payload('9007199254740991'),
    payload('-0'),
    GOOD,
  ];
  for (const ends of ['\n', '\r\n']) {
    const found = await check(lines.join(ends));
    expect([found.invalid, found.valid]).toEqual([[], lines.length]);
  }
});

test('a file without events has none, whatever else it holds', async () => {
  for (const content of ['', '\n\n', '\r\n', gzipSync('')]) expect(await check(content)).toMatchObject({ valid: 0, invalid: [] });
});

test('the digest is that of the uncompressed bytes, so that gzip changes no id', async () => {
  const content = `${GOOD}\nno event\r\n\n`;
  const expected = new Uint8Array(createHash('sha256').update(content).digest());
  expect((await check(content)).digest).toEqual(expected);
  expect((await check(gzipSync(content))).digest).toEqual(expected);
  expect((await check(gzipSync(content, { level: 1 }))).digest).toEqual(expected);
});

test('all invalid lines are counted and skipped; the first 100 are listed', async () => {
  const { valid, invalid, skip } = await check(`no event\n${GOOD}\n`.repeat(250));
  expect([valid, invalid.length, skip.size]).toEqual([250, 100, 250]);
  expect(invalid.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, i) => 2 * i + 1));
  expect([...skip].every((number) => number % 2 === 1)).toBe(true);
});

test('a file that is something else altogether is given up, not collected', async () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // 100,000 stacks take seconds.
  await expect(check('x\n'.repeat(100_001))).rejects.toMatchObject({ code: 'ERR_IMPORT_LINE', field: 'file' });
  Error.stackTraceLimit = stackTraceLimit;
});
