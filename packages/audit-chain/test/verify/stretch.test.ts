import { defaultEngine } from '@countersign/proof-core/engine/default';
import { engine as portable } from '@countersign/proof-core/engine/portable';
import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeInflater } from '../../src/node/verify/inflater.ts';
import type { VerifyOptions } from '../../src/verify/context.ts';
import { memoryIds } from '../../src/verify/record/memory-ids.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import type { MemberJob, ScanPool, SharedLines } from '../../src/verify/scan/pool.ts';
import { scanStretch, type StretchJob } from '../../src/verify/scan/stretch.ts';
import { readMember } from '../../src/verify/segment/member.ts';
import { CHAIN, archiveOf, chainOf, eventOf, linesOf, noteOf, treeOf } from './support/archive.ts';
import { inspect, resolver } from './support/source.ts';
import { streamOf } from './support/stream.ts';

/** The pool of Node without its threads: every buffer goes the way that it goes between threads. */
function poolHere(depth = 3): ScanPool & { taken: number; scans: number } {
  const pool = {
    depth,
    taken: 0,
    scans: 0,
    take: (length: number, stored = 0): Promise<SharedLines> => {
      pool.taken++;
      return Promise.resolve({
        bytes: new Uint8Array(length),
        stored: new Uint8Array(stored),
        leaves: new Uint8Array(Math.ceil(length / 200) * 32),
      });
    },
    async scan(lines: SharedLines, job: StretchJob, member?: MemberJob) {
      pool.scans++;
      const engine = job.engine === 'node' ? defaultEngine : portable;
      const bytes = member === undefined ? lines.bytes : lines.bytes.subarray(0, member.length + 1);
      const read = member === undefined ? undefined : await readMember(lines.stored.subarray(0, member.size), bytes, nodeInflater);
      if (read?.status === 'damaged') return { damaged: true };
      const stretch = scanStretch(bytes, job, lines.leaves, engine);
      return { ...(stretch === undefined ? {} : { stretch }), ...(read?.form === undefined ? {} : { form: read.form }) };
    },
    release: () => void pool.taken--,
  };
  return pool;
}

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
