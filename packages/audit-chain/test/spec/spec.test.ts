import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { parseCanonical } from '@countersign/proof-core/json/parse';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { expect, test } from 'vitest';
import { linkEvents, recordAt } from '../../src/append/batch.ts';
import { gzipMember } from '../../src/node/archive/gzip.ts';
import { lineId } from '../../src/node/import/import.ts';
import { formatLogConfig } from '../../src/node/log/config.ts';
import { commit } from '../../src/record/private.ts';
import { prepareEvent } from '../../src/record/event.ts';

/** The line in the fenced block that a page labels so. */
function block(page: string, label: string): string {
  const text = readFileSync(new URL(`../../../../docs/spec/${page}.md`, import.meta.url), 'utf8');
  const found = new RegExp(`^\`\`\`\\w+ ${label}\\n(.*)\\n\`\`\`$`, 'm').exec(text);
  if (found === null) throw new Error(`${page}: no block ${label}`);
  return found[1]!;
}
const sha256 = (...parts: (string | Uint8Array)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

test('the record of docs/spec/record.md has its bytes and its hash', () => {
  const line = block('record', 'record=line');
  const { event, link } = parseCanonical(new TextEncoder().encode(line)) as never as {
    event: never;
    link: { chain: string; prev: string; seq: number; time: string };
  };
  const prepared = prepareEvent(event, { chain: link.chain, now: 0 });
  const batch = linkEvents(link.chain, { size: link.seq, hash: link.prev, time: '' }, [prepared], link.time);
  expect(new TextDecoder().decode(recordAt(batch, 0))).toBe(line);
  expect(batch.head.hash).toBe(block('record', 'record=hash'));
  expect(sha256('\0', line).toString('hex')).toBe(batch.head.hash);
});

test('the commitment of docs/spec/private-values.md, by its formula and by the library', () => {
  const of = block('private-values', 'private=of');
  const salt = new Uint8Array(32).fill(7);
  const digest = block('private-values', 'private=digest');
  expect(sha256('countersign/private@1\0', salt, of).toString('hex')).toBe(digest);
  expect(commit(JSON.parse(of) as never, salt)).toBe(digest);
});

test('the configuration of docs/spec/log-directory.md is what is written', () => {
  const { format, ...config } = JSON.parse(block('log-directory', 'log=config')) as Record<string, string>;
  expect(format).toBe('countersign/log@1');
  expect(formatLogConfig(config as never)).toBe(`${block('log-directory', 'log=config')}\n`);
});

test('members and index of docs/spec/archive.md have their form', () => {
  expect(hexEncode(gzipMember(new Uint8Array(5000)).subarray(0, 10))).toBe(block('archive', 'archive=header'));
  const index = block('archive', 'archive=index');
  expect(new TextDecoder().decode(defaultEngine.canonicalize(JSON.parse(index)))).toBe(index);
});

test('the id of docs/spec/import.md, by its formula and by the library', () => {
  const digest = sha256('{"type":"a.b","actor":"user:1"}\n');
  const bytes = sha256('countersign/import@1\0', digest, '\x001').subarray(0, 16);
  bytes[6] = (bytes[6]! & 15) | 0x80;
  bytes[8] = (bytes[8]! & 63) | 0x80;
  const hex = bytes.toString('hex');
  expect(lineId(new Uint8Array(digest), 1)).toBe(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
  expect(block('import', 'import=id')).toBe(lineId(new Uint8Array(digest), 1));
});
