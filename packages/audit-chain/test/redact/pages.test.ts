import { readFileSync } from 'node:fs';
import { parseCanonical } from '@countersign/proof-core/json/parse';
import { expect, test } from 'vitest';
import { commit } from '../../src/record/private.ts';
import { prepareOwnEvent } from '../../src/record/own-event.ts';
import { checkReservedPayload } from '../../src/record/reserved.ts';
import { RESERVED_TYPES } from '../../src/record/types.ts';
import { parsePrivateLine } from '../../src/redact/private-backup.ts';

function page(name: string): string {
  return readFileSync(new URL(`../../../../docs/${name}.md`, import.meta.url), 'utf8');
}

const text = page('spec/reserved-events');
const examples = [...text.matchAll(/^```json reserved=(.*)\n(.*)\n```$/gm)].map(([, type = '', line = '']) => [type, line] as const);

test.each(examples)('the example of %s is canonical and of its schema', (type, line) => {
  const event = parseCanonical(new TextEncoder().encode(line)) as never as { type: never; actor: string; id: string; payload: never };
  expect(event.type).toBe(type);
  const prepared = prepareOwnEvent(event, { chain: 'log.example.com/audit', now: 0 });
  expect(new TextDecoder().decode(prepared.bytes)).toBe(line);
});

test('the page has every reserved type, and an example of each that this package writes', () => {
  for (const type of RESERVED_TYPES) expect(text).toContain(`\`${type}\``);
  expect(examples.map(([type]) => type)).toEqual(RESERVED_TYPES.filter((type) => !type.startsWith('signer.')));
});

test('an example with a member more, a member less, or another value in one is refused', () => {
  for (const [type, line] of examples) {
    const { payload } = JSON.parse(line) as { payload: Record<string, unknown> };
    const refused = (changed: object): void =>
      expect(() => checkReservedPayload(type, changed as never), JSON.stringify(changed)).toThrow(
        expect.objectContaining({ code: 'ERR_EVENT_RESERVED' }),
      );
    refused([]);
    refused({ ...payload, more: 1 });
    for (const name of Object.keys(payload)) {
      const { [name]: _, ...less } = payload;
      // The one member that may be absent.
      if (name !== 'predecessor') refused(less);
      for (const value of [null, '', -1, 1.5, true, [], {}, 'A'.repeat(64), 'x'.repeat(1001), '2026-11-21T00:00:00Z']) {
        // Any text but an empty or a long one is a reason or a name.
        const free = (name === 'reason' || name === 'name') && typeof value === 'string' && value.length > 0 && value.length < 200;
        if (!free) refused({ ...payload, [name]: value });
      }
    }
  }
  expect(() => checkReservedPayload('order.created', {})).toThrow(expect.objectContaining({ field: 'type' }));
  expect(() => checkReservedPayload('signer.added', {})).toThrow(expect.objectContaining({ field: 'type' }));
});

test('the line of docs/spec/private-backup.md opens the commitment of docs/spec/private-values.md', () => {
  const line = /^```json backup=line\n(.*)\n```$/m.exec(page('spec/private-backup'))![1]!;
  const digest = /^```hex private=digest\n(.*)\n```$/m.exec(page('spec/private-values'))![1]!;
  const { salt, ...of } = parsePrivateLine(new TextEncoder().encode(line), 'log.example.com/audit', 1);
  expect(commit({ chain: 'log.example.com/audit', ...of }, salt)).toBe(digest);
});

test('the page on roles names exactly those that the migration makes', async () => {
  const { IMMUTABILITY } = await import('../../src/store/migration/immutability.ts');
  const made = [...new Set(IMMUTABILITY.match(/countersign_[a-z]+/g))].toSorted();
  const named = [...new Set(page('operations/database-roles').match(/countersign_[a-z]+/g))].toSorted();
  expect(named).toEqual(made);
});
