import { defaultEngine } from '@countersign/proof-core/engine/default';
import { engine as portable } from '@countersign/proof-core/engine/portable';
import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VerifyOptions } from '../../src/verify/context.ts';
import { type RecordSource, SourceError } from '../../src/verify/ports.ts';
import { memoryIds } from '../../src/verify/record/memory-ids.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import { scanStretch } from '../../src/verify/scan/stretch.ts';
import { CHAIN, archiveOf, chainOf, eventOf, linesOf, noteOf, treeOf } from './support/archive.ts';
import { poolHere } from './support/pool.ts';
import { inspect, resolver } from './support/source.ts';
import { streamOf } from './support/stream.ts';

const records = chainOf(400, {
  event: (seq) => eventOf(seq, seq % 100 === 50 ? { type: 'checkpoint.heartbeat', payload: { none: 0 } } : {}),
});
const clean = chainOf(400);
const notes = await Promise.all([100, 250, 399, 400].map((size) => noteOf(treeOf(clean.slice(0, size)))));

/** Lines with one thing done to them. */
const attacks: readonly ((lines: Uint8Array[], at: number) => unknown)[] = [
  () => undefined,
  (lines, at) => lines.splice(at, 1),
  (lines, at) => lines.splice(at, 0, lines[at]!),
  (lines, at) => lines.splice(at, 2, lines[at + 1]!, lines[at]!),
  (lines, at) => lines.splice(at, 0, utf8Encode('{}')),
  (lines, at) => (lines[at] = utf8Encode(utf8Decode(lines[at]!).replace('"amount":', '"amount": '))),
  (lines, at) => (lines[at] = utf8Encode(utf8Decode(lines[at]!).replace('order', 'ordEr'))),
  (lines, at) => lines.splice(at),
];

/** A stream that breaks in the middle. */
async function* cutOff(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk.subarray(0, chunk.length - count);
    throw new SourceError('cut', 'the stream ends');
  }
}

describe('lines that other threads have looked at', () => {
  it('give the report that one thread gives, whatever was done to them, at every level and in both engines', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('integrity', 'default', 'deep'),
        fc.constantFrom(...attacks),
        fc.nat(380),
        fc.constantFrom(records, clean),
        fc.boolean(),
        async (level, attack, at, chain, inPortable) => {
          const lines = [...chain];
          attack(lines, at);
          const options: VerifyOptions = { resolver, level, ids: memoryIds };
          const engine = inPortable ? portable : undefined;
          const source = () => streamOf(linesOf(lines), { notes, kind: 'log', size: 20_000 });
          const pool = poolHere();
          expect(await inspectRecords(source(), { ...options, pool }, engine)).toEqual(await inspectRecords(source(), options, engine));
          const cut = (): RecordSource => ({ ...source(), chunks: () => cutOff(source().chunks(), at) });
          expect(await inspectRecords(cut(), { ...options, pool }, engine)).toEqual(await inspectRecords(cut(), options, engine));
          expect(pool.taken).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('of an archive do too', async () => {
    for (const attack of attacks) {
      const files = await archiveOf(clean, [150, 250], { stored: (lines) => { const copy = [...lines]; attack(copy, 70); return copy; } }); // prettier-ignore
      for (const level of ['default', 'deep'] as const) {
        const pool = poolHere();
        expect(await inspect(files, { level, pool })).toEqual(await inspect(files, { level }));
        expect(pool.taken).toBe(0);
        expect(pool.scans).toBeGreaterThan(0);
      }
    }
  });

  it('are cut at the sizes that are wanted', () => {
    const lines = linesOf(clean.slice(0, 30));
    const bytes = new Uint8Array(lines.length + 1);
    bytes.set(lines, 1);
    const job = { chain: CHAIN, level: 'default', engine: 'node', start: 1, end: bytes.length, watch: [0, 7, 30, 31] } as const;
    const stretch = scanStretch(bytes, job, new Uint8Array(30 * 32), defaultEngine);
    expect(stretch).toMatchObject({ first: 0, count: 30 });
    expect(stretch!.ranges).toHaveLength(2);
    expect(scanStretch(bytes, job, new Uint8Array(29 * 32), defaultEngine)).toBeUndefined();
    expect(scanStretch(bytes, { ...job, chain: 'other.example.com' }, new Uint8Array(30 * 32), defaultEngine)).toBeUndefined();
  });
});
