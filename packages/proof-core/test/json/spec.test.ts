import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { canonicalize as portable } from '../../src/json/canonicalize.ts';
import { checkCanonical, isCanonical } from '../../src/json/check.ts';
import { parseJson } from '../../src/json/parse.ts';
import { canonicalize as node } from '../../src/node/canonicalize.ts';
import { oracleAccepts } from './oracle.ts';
import { codeOf, text, utf8 } from './outcome.ts';

// docs/spec/canonical-json.md says nothing that is not so.
const page = readFileSync(new URL('../../../../docs/spec/canonical-json.md', import.meta.url), 'utf8');

const blocks = new Map(Array.from(page.matchAll(/^```\w+ (\w+=\w+)\n(.*?)^```$/gms), ([, label, body]) => [label!, body!]));
const hex = (label: string): string => blocks.get(label)!.replaceAll('\n', '');

/** The rows of a section's tables, by the head of the second column. */
function rows(section: string, head: string): [string, string][] {
  const body = page.split(/^## /m).find((part) => part.startsWith(section))!;
  const table = body.split('\n\n').find((part) => part.startsWith('|') && part.split('\n')[0]!.endsWith(`| ${head} |`))!;
  return Array.from(table.matchAll(/^\| `(.+?)` \| (.+) \|$/gm), ([, left, right]) => [left!, right!.replaceAll('`', '')]);
}

test.each(['event', 'rfc8785', 'order'])('example %s: text in, canonical bytes and hash out', (name) => {
  const value = parseJson(utf8(blocks.get(`input=${name}`)!));
  for (const bytes of [portable(value), node(value)]) {
    expect(Buffer.from(bytes).toString('hex')).toBe(hex(`bytes=${name}`));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(hex(`sha256=${name}`));
    expect(isCanonical(bytes)).toBe(true);
    const shown = blocks.get(`canonical=${name}`);
    if (shown !== undefined) expect(`${text(bytes)}\n`).toBe(shown);
  }
});

test('the length of the first example is as it says', () => {
  expect(page).toContain(`Its canonical bytes, ${hex('bytes=event').length / 2} of them`);
});

test('§4: every row that is refused is refused, every one that is accepted is accepted', () => {
  const refused = rows('4.', 'why not');
  const accepted = rows('4.', 'because');
  expect([refused.length, accepted.length]).toEqual([19, 7]);
  for (const [bytes] of refused) {
    expect([bytes, codeOf(() => checkCanonical(utf8(bytes))), oracleAccepts(utf8(bytes))]).toEqual([bytes, 'ERR_NOT_CANONICAL', false]);
  }
  for (const [bytes] of accepted) expect([bytes, isCanonical(utf8(bytes)), oracleAccepts(utf8(bytes))]).toEqual([bytes, true, true]);
});

test('§5: every row is refused with its code, and every number is written as it says', () => {
  const refused = rows('5.', 'code');
  const numbers = rows('5.', 'is written');
  expect([refused.length, numbers.length]).toEqual([12, 6]);
  for (const [bytes, code] of refused) expect([bytes, codeOf(() => parseJson(utf8(bytes)))]).toEqual([bytes, code]);
  for (const [token, written] of numbers) expect([token, text(node(parseJson(utf8(token))))]).toEqual([token, written]);
});

test('§2: the levels that it counts', () => {
  const levels = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  expect([codeOf(() => parseJson(utf8(levels(64)))), codeOf(() => parseJson(utf8(levels(65))))]).toEqual(['none', 'ERR_JSON_DEPTH']);
});
