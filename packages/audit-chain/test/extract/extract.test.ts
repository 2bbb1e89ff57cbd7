import { gunzipSync } from 'node:zlib';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { engine as portable } from '@countersign/proof-core/engine/portable';
import { parseNote } from '@countersign/proof-core/note/note';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { formatCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { signNote } from '@countersign/proof-core/note/sign';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Chain, ChainParts } from '../../src/append/chain.ts';
import { type ExtractPayload, formatExtract } from '../../src/extract/document.ts';
import { type ExportParts, exportRecords } from '../../src/extract/export.ts';
import { gzipMember } from '../../src/node/archive/gzip.ts';
import type { VerifyOptions } from '../../src/verify/context.ts';
import { inspectExtract } from '../../src/verify/extract/inspect.ts';
import { readExtract } from '../../src/verify/extract/read.ts';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Report } from '../../src/verify/report.ts';
import { type TestBed, openNew, signer, testBed } from '../support/chain.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { asOwner } from '../support/intruder.ts';
import { noted } from '../support/sealed.ts';
import { short } from '../verify/support/source.ts';
import { poolHere } from '../verify/support/pool.ts';
import { streamOf } from '../verify/support/stream.ts';

const SIZE = 600;
const NOW = '2026-11-21T04:00:00.000Z';
const resolver = testResolver([signer]);
const exporter = { env: 'test', pii_policy_version: '1', service: 'test', version: '1.0.0' };

let bed: TestBed;
let chain: Chain;
let parts: ChainParts;
let other: ChainParts;

beforeAll(async () => {
  bed = await testBed();
  ({ chain, parts } = await openNew(bed, SIZE - 1));
  await noted(chain, parts.store);
  const second = await openNew(bed, 20);
  other = second.parts;
  await noted(second.chain, other.store);
});
afterAll(() => bed.close());

interface Files {
  readonly lines: Uint8Array;
  readonly document: Uint8Array;
}

async function exported(changes: Partial<ExportParts> = {}): Promise<Files & { first: number; last: number }> {
  const pieces: Uint8Array[] = [];
  const all = {
    store: parts.store,
    signers: [signer],
    resolver,
    registry: { digest: '0'.repeat(64), version: 1 },
    exporter,
    gzip: gzipMember,
    now: NOW,
    ...changes,
  };
  // oxlint-disable-next-line typescript/require-await -- a place to write to
  const { document, first, last } = await exportRecords(all, async (bytes) => pieces.push(bytes));
  return { lines: gunzipSync(Buffer.concat(pieces)), document, first, last };
}

async function inspect({ lines, document }: Files, options: VerifyOptions = { resolver }, engine = defaultEngine): Promise<Report> {
  return await inspectExtract({ document, records: streamOf(lines) }, options, engine);
}

const split = (lines: Uint8Array): string[] => Buffer.from(lines).toString().trimEnd().split('\n');
const join = (lines: readonly string[]): Uint8Array => Buffer.from(lines.map((line) => `${line}\n`).join(''));

test('every range of a chain is exported and verified, record by record, by both engines', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(SIZE - 1), fc.nat(SIZE - 1), async (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const files = await exported({ from, to });
      const report = await inspect(files);
      expect(report).toMatchObject({
        exitCode: 0,
        verdict: 'verified',
        source: 'extract',
        axes: { integrity: 'pass', form: 'pass', signerTrust: 'pass', completeness: 'unanchored' },
        range: { verified: { from, to, count: to - from + 1 } },
        head: { size: to + 1 },
        checkpoint: { size: SIZE },
        findings: [],
      });
      expect(split(files.lines)[0]).toBe(Buffer.from((await parts.store.recordsAt([from])).get(from)!).toString());
      expect(await inspect(files, { resolver }, portable)).toEqual(report);
      const pool = poolHere();
      expect(await inspect(files, { resolver, pool })).toEqual(report);
      const damaged = { ...files, lines: files.lines.map((byte, at) => (at === 90 ? byte ^ 1 : byte)) };
      expect(await inspect(damaged, { resolver, pool, level: 'deep' })).toEqual(await inspect(damaged, { resolver, level: 'deep' }));
      expect([pool.taken, pool.scans]).toEqual([0, 2]);
    }),
    {
      numRuns: 12,
      examples: [
        [0, SIZE - 1],
        [0, 0],
        [SIZE - 1, SIZE - 1],
        [255, 256],
      ],
    },
  );
});

test('a range by time holds what lies in it, and says what was asked for', async () => {
  const times = split((await exported()).lines).map((line) => line.slice(-27, -3));
  const at = times[300]!;
  const files = await exported({ from: at });
  const { payload } = readExtract(files.document, defaultEngine);
  expect([payload.requested, payload.first, payload.last]).toEqual([{ from: at }, times.indexOf(at), SIZE - 1]);
  expect((await inspect(files)).exitCode).toBe(0);
  expect((await inspect(files, { resolver, from: at })).exitCode).toBe(0);
  const early = await inspect(files, { resolver, from: '2020-01-01T00:00:00.000Z' });
  expect([early.exitCode, short(early)]).toEqual(payload.first === 0 ? [0, []] : [12, ['RANGE_SHORT.from']]);
  await expect(exported({ from: '2999-01-01T00:00:00.000Z' })).rejects.toMatchObject({ code: 'ERR_EXTRACT_EMPTY' });
  await expect(exported({ to: SIZE })).rejects.toMatchObject({ code: 'ERR_SEQ_UNKNOWN', actual: SIZE });
});

const FROM = 100;
const TO = 139;
const attacks: Record<string, [(lines: string[]) => string[], RegExp]> = {
  'a record changed': [(lines) => lines.with(5, lines[5]!.replace('"n":', '"n":1')), /^RECORD_MODIFIED\/105/],
  'a record dropped': [(lines) => lines.toSpliced(5, 1), /^RECORD_DELETED\/105/],
  'the first record dropped': [(lines) => lines.slice(1), /^RECORD_DELETED\/100/],
  'the last record dropped': [(lines) => lines.slice(0, -1), /^TAIL_TRUNCATED\/139/],
  'a line inserted': [(lines) => lines.toSpliced(5, 0, '{"event":{}}'), /^RECORD_INSERTED/],
  'a record twice': [(lines) => lines.toSpliced(6, 0, lines[5]!), /^RECORD_DUPLICATED/],
  'two records swapped': [(lines) => lines.with(5, lines[6]!).with(6, lines[5]!), /^RECORD_REORDERED/],
  'all lines gone': [() => [], /^(TAIL_TRUNCATED|RECORD_DELETED)/],
};

test.each(Object.entries(attacks))('%s is found and named', async (_, [attack, finding]) => {
  const files = await exported({ from: FROM, to: TO });
  const report = await inspect({ ...files, lines: join(attack(split(files.lines))) });
  expect([report.exitCode, report.axes.integrity === 'pass']).toEqual([10, false]);
  expect(short(report).join(' ')).toMatch(new RegExp(finding.source.replace('^', '(^| )')));
});

test('every byte of the document counts', async () => {
  const files = await exported({ from: FROM, to: TO });
  await fc.assert(
    fc.asyncProperty(fc.nat(files.document.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const document = files.document.slice();
      document[at]! ^= flip;
      const { exitCode } = await inspect({ ...files, document });
      expect([10, 11]).toContain(exitCode);
    }),
    { numRuns: 150 },
  );
});

/** The document of an extract with changes, signed again by whoever has the segment key. */
async function resigned(document: Uint8Array, changes: Partial<ExtractPayload>, proof: object = {}, by = signer): Promise<Uint8Array> {
  const read = readExtract(document, defaultEngine);
  return await formatExtract({ ...read.payload, ...changes }, { ...read.proof, ...proof }, [by], defaultEngine);
}

test('who exports cannot leave a record out or make one up: only the log key signs trees', async () => {
  const files = await exported({ from: FROM, to: TO });
  const lines = split(files.lines);
  const cut = join(lines.slice(0, -1));
  const { payload, proof } = readExtract((await exported({ from: FROM, to: TO - 1 })).document, defaultEngine);
  // The last record left out, and everything that the exporter signs made to fit.
  const claims = {
    last: TO,
    count: TO - FROM + 1,
    requested: { from: FROM, to: TO },
    digests: payload.digests,
    last_hash: payload.last_hash,
  };
  const kept = await resigned(files.document, claims, proof);
  expect((await inspect({ lines: cut, document: kept })).exitCode).toBe(10);
  // A forged record at the end, likewise.
  const forged = lines.with(TO - FROM, lines.at(-1)!.replace('"n":', '"n":9'));
  const digest = defaultEngine.sha256Hex(join(forged));
  const hash = defaultEngine.leafHex(Buffer.from(`\0${forged.at(-1)!}`), 1, Buffer.byteLength(forged.at(-1)!) + 1);
  const document = await resigned(files.document, { digests: { records: digest }, last_hash: hash });
  expect(short(await inspect({ lines: join(forged), document }))).toEqual([`ROOT_DIFFERS/${TO}.root`]);
});

test('an extract of another chain is named, also when one is expected', async () => {
  const files = await exported({ store: other.store, from: 3, to: 9 });
  const report = await inspect(files, { resolver, chain: chain.id });
  expect(report.exitCode).toBe(10);
  expect(short(report)).toContain('EXTRACT_FIELD.chain');
  const swapped = await inspect({ ...(await exported({ from: 3, to: 9 })), lines: files.lines });
  expect(swapped.exitCode).toBe(10);
  expect(short(swapped).join()).toMatch(/RECORD_CHAIN/);
});

test('signatures: an unknown exporter, an unknown log key, no registry', async () => {
  const files = await exported({ from: FROM, to: TO });
  const stranger = testSigner(9);
  const document = await resigned(files.document, {}, {}, stranger);
  expect(await inspect({ ...files, document })).toMatchObject({ exitCode: 11, axes: { integrity: 'pass', signerTrust: 'fail' } });
  const tree = parseCheckpoint(parseNote(Buffer.from(readExtract(files.document, defaultEngine).proof.checkpoint)).textBytes);
  const note = Buffer.from(await signNote(formatCheckpoint(tree), [{ name: chain.id, signer: stranger }])).toString();
  const foreign = await inspect({ ...files, document: await resigned(files.document, {}, { checkpoint: note }) });
  expect([foreign.exitCode, short(foreign)]).toEqual([11, ['SIGNER_UNKNOWN.checkpoint']]);
  expect(await inspect(files, {})).toMatchObject({ exitCode: 12, findingCounts: { NO_REGISTRY: 1 } });
  // A key for checkpoints alone may not export.
  const keys = testResolver([signer], ['checkpoint']);
  expect(short(await inspect(files, { resolver: keys }))).toEqual(['SIGNER_PURPOSE.extract']);
});

test('a pinned checkpoint: the same tree is fine, another root of its size is a fork', async () => {
  const files = await exported({ from: FROM, to: TO });
  const root = hexEncode((await parts.store.checkpoint(SIZE))!.root);
  const same = await inspect(files, { resolver, previous: { chain: chain.id, size: SIZE, root } });
  expect([same.exitCode, same.axes.completeness]).toEqual([0, 'pinned']);
  const forked = await inspect(files, { resolver, previous: { chain: chain.id, size: SIZE, root: '1'.repeat(64) } });
  expect([forked.exitCode, short(forked)]).toEqual([10, [`CHAIN_FORKED/${SIZE - 1}.root`]]);
});

test('what the database contradicts is not exported', async () => {
  const record = `select id from countersign.chain where name = '${chain.id}'`;
  await asOwner(
    bed.client,
    `update countersign.record set record = replace(record, '"n":', '"n":7') where seq = 120 and chain = (${record})`,
  );
  await expect(exported({ from: FROM, to: TO })).rejects.toMatchObject({ code: 'ERR_CHAIN_TAMPERED' });
  await expect(exported({ from: 120, to: 120 })).rejects.toMatchObject({ code: 'ERR_CHAIN_TAMPERED' });
  await expect(exported({ signers: [testSigner(9)] })).rejects.toMatchObject({ code: 'ERR_SIGNER_WRONG' });
});
