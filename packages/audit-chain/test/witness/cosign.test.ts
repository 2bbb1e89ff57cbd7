import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { verifyEvidence } from '@countersign/proof-core/evidence/verify';
import { cosignatureKey, noteKey } from '@countersign/proof-core/note/key';
import type { Policy } from '@countersign/proof-core/note/policy';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { archiveAttestations } from '../../src/archive/attest.ts';
import { folderSource } from '../../src/node/verify/folder-source.ts';
import { nodeInflater } from '../../src/node/verify/inflater.ts';
import { storeSource } from '../../src/node/verify/log-source.ts';
import { type HttpExchange, httpExchange } from '../../src/node/witness/http.ts';
import { thinNotes } from '../../src/retention/thin.ts';
import { inspectArchive } from '../../src/verify/archive/inspect.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { VerifyOptions } from '../../src/verify/context.ts';
import { Cosigner, type WitnessParts } from '../../src/witness/cosign.ts';
import { followWitnesses } from '../../src/witness/follow.ts';
import { type TestBed, event, openNew, signer, testBed } from '../support/chain.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { noted, sealedChain } from '../support/sealed.ts';
import { MemoryLog } from './log.ts';
import { describeWitnessedMark } from './mark.ts';
import { describeAttestationRows } from './rows.ts';
import { type RunningWitness, policyOf, startWitness } from './servers.ts';

let bed: TestBed;
let witnesses: RunningWitness[];
let exchange: HttpExchange;
let policy: Policy;
const resolver = testResolver([signer]);
const CHAINS = [...Array.from({ length: 16 }, (_, i) => `example.com/chain-${i + 1}`), 'example.com/kept-1', 'example.com/kept-2'];

beforeAll(async () => {
  bed = await testBed();
  const keys = CHAINS.map((chain) => noteKey(chain, signer.publicKey));
  witnesses = await Promise.all([1, 2].map((n) => startWitness(bed.folder, n, keys)));
  exchange = httpExchange({ timeoutMs: 60_000 });
  // The third is not there.
  policy = policyOf([...witnesses, { name: 'w3', key: noKey(3), url: 'http://127.0.0.1:1' }], 2);
});
afterAll(async () => {
  exchange.close();
  await Promise.all(witnesses.map((one) => one.close()));
  await bed.close();
});

/** The key of a witness that does not run. */
function noKey(n: number): RunningWitness['key'] {
  const { kid, publicKey } = testSigner(40 + n, `witness.example.org/w${n}`);
  return cosignatureKey(kid, publicKey);
}

const partsOf = ({ store }: Pick<ChainParts, 'store'>, changes: Partial<WitnessParts> = {}): WitnessParts => ({
  store,
  resolver,
  policy,
  exchange,
  clock: Date,
  ...changes,
});

/** What the witnesses know as this chain is another history under its name and key. */
async function seeElsewhere(chain: string, size: number): Promise<void> {
  const fork = new MemoryLog(size, { signer, origin: chain });
  for (const { url } of witnesses)
    expect((await exchange.send({ method: 'POST', url: `${url}/add-checkpoint`, body: await fork.body(0, size) })).status).toBe(200);
}

describe('having a chain witnessed', () => {
  test('the quorum cosigns, what holds is kept, who is missing is asked again, and nobody else', async () => {
    const { parts, chain } = await openNew(bed, 5);
    await noted(chain, parts.store);
    const cosigner = new Cosigner(partsOf(parts));
    const result = (await cosigner.cosign())!;
    expect(result).toMatchObject({ size: chain.size, witnessed: true });
    expect(result.outcomes.map((one) => ('error' in one ? one.error.code : one.witness))).toEqual(['w1', 'w2', 'ERR_WITNESS_UNAVAILABLE']);
    expect(cosigner.witnessedSize).toBe(chain.size);
    expect(await parts.store.attestations().sizes()).toEqual([chain.size]);
    expect((await parts.store.attestations().of(chain.size)).map(({ kind }) => kind)).toEqual(['cosignature', 'cosignature']);
    expect((await cosigner.cosign())!.outcomes).toMatchObject([{ witness: 'w3' }]);
    // A process that knows nothing finds out where they are.
    expect(await new Cosigner(partsOf(parts)).cosign()).toMatchObject({ witnessed: true });
    await chain.append(event(6));
    await noted(chain, parts.store);
    expect(await cosigner.cosign()).toMatchObject({ size: chain.size, witnessed: true });
    await chain.close();
  });

  test('following has each new checkpoint cosigned, and ends when told', async () => {
    const { parts, chain } = await openNew(bed, 1);
    const cosigner = new Cosigner(partsOf(parts, { policy: policyOf(witnesses, 2) }));
    const end = new AbortController();
    const seen: number[] = [];
    cosigner.onWitnessed = (size) => {
      seen.push(size);
      if (size === chain.size && chain.size === 4) end.abort();
      else if (size === chain.size) void chain.append(event(size));
    };
    expect(await followWitnesses(cosigner, { signal: end.signal, intervalMs: 5 })).toBeUndefined();
    expect(seen).toEqual([2, 3, 4]);
    await chain.close();
  });

  test('a note in the database that is not the log’s is shown to nobody', async () => {
    const { parts, chain } = await openNew(bed, 1);
    await chain.close();
    const elsewhere = testResolver([], ['checkpoint']);
    await expect(new Cosigner(partsOf(parts, { resolver: elsewhere })).cosign()).rejects.toMatchObject({ code: 'ERR_NOTE_UNVERIFIED' });
  });
});

describe('a witness that has seen another history', () => {
  test('of the same size: signing stops, with evidence that anybody can check, until somebody resumes it', async () => {
    const { parts, chain } = await openNew(bed, 0);
    await chain.close();
    await seeElsewhere(chain.id, 1);
    const result = (await new Cosigner(partsOf(parts)).cosign())!;
    expect(result).toMatchObject({ witnessed: false, conflict: { code: 'ERR_WITNESS_CONFLICT' } });
    const stop = (await parts.store.attestations().stopped())!;
    const kept = JSON.parse(stop.evidence) as { evidence: string; finding: string; answer: { status: number } };
    expect(kept).toMatchObject({ answer: { status: 422 }, finding: expect.stringContaining('another root') as string });
    await expect(verifyEvidence(utf8Encode(kept.evidence), [noteKey(chain.id, signer.publicKey)])).resolves.toBeDefined();

    const reopened = await Chain.open(parts);
    await expect(reopened.append(event(1))).rejects.toMatchObject({ code: 'ERR_SIGNING_STOPPED' });
    // What was appended is durable and waits.
    expect([reopened.size, reopened.settledSize]).toEqual([2, 1]);
    expect(await parts.store.attestations().resume('the witness was set up anew')).toBe(1);
    await reopened.append(event(2));
    expect(reopened.settledSize).toBe(3);
    expect(await parts.store.attestations().resume('again')).toBe(0);
    await reopened.close();
  });

  test('that is longer: the log was put back to an older copy, or the witness lies: signing stops all the same', async () => {
    const { parts, chain } = await openNew(bed, 0);
    await chain.close();
    await seeElsewhere(chain.id, 30);
    expect((await new Cosigner(partsOf(parts)).cosign())!.conflict).toMatchObject({ theirSize: 30 });
    expect(JSON.parse((await parts.store.attestations().stopped())!.evidence)).toMatchObject({
      finding: 'the log was signed up to size 30; this database holds 1 records: it is an older copy',
    });
  });

  test('is none when the log itself has gone on in the meantime', async () => {
    const { parts, chain } = await openNew(bed, 3);
    await noted(chain, parts.store);
    const cosigner = new Cosigner(partsOf(parts));
    await cosigner.cosign();
    // Reads the first note, then the newest: another process has had that one cosigned already.
    let reads = 0;
    const behind: ChainStore = Object.create(parts.store, {
      note: { value: (size?: number) => parts.store.note(size ?? (reads++ === 0 ? 1 : undefined)) },
    }) as ChainStore;
    const result = await new Cosigner(partsOf({ store: behind })).cosign();
    expect(result).toMatchObject({ size: 1, witnessed: false });
    expect(result!.conflict).toBeUndefined();
    expect(await parts.store.attestations().stopped()).toBeUndefined();
    await chain.close();
  });
});

describeWitnessedMark({
  bed: () => bed,
  witnesses: () => witnesses,
  exchange: () => exchange,
  cosign: async (parts) => void (await new Cosigner(partsOf(parts)).cosign()),
  seeElsewhere,
});

describeAttestationRows({
  client: () => bed.client,
  signed: async () => {
    const { parts, chain } = await openNew(bed, 0);
    await chain.close();
    return parts.store;
  },
});

describe('what verifiers make of cosignatures', () => {
  // Cosignatures are of whole seconds.
  const now = Math.floor(Date.now() / 1000) * 1000;
  const options = (changes: Partial<VerifyOptions> = {}): VerifyOptions => ({
    resolver,
    policy,
    freshSince: new Date(Date.now() - 60_000).toISOString(),
    require: ['anchor', 'time'],
    ...changes,
  });

  test('a witnessed log is attested and fresh; without its witnesses, or later, it is neither', async () => {
    const { parts, chain } = await openNew(bed, 3);
    await noted(chain, parts.store);
    const source = storeSource(parts.store);
    expect(await inspectRecords(source, options())).toMatchObject({
      exitCode: 12,
      findingCounts: { REQUIREMENT_UNMET: 1 },
    });
    await new Cosigner(partsOf(parts)).cosign();
    const report = await inspectRecords(source, options());
    expect(report).toMatchObject({ exitCode: 0, axes: { time: 'attested', completeness: 'fresh' }, findings: [] });
    expect(report.checkpoint!.attested!.by).toEqual(['witness.example.org/w1', 'witness.example.org/w2']);
    const latest = Date.parse(report.checkpoint!.attested!.latest);
    expect(latest >= now && latest <= Date.now() + 1000).toBe(true);
    const asked = options({ policy: policyOf([...witnesses, { name: 'w3', key: noKey(3), url: '-' }], 3) });
    expect(await inspectRecords(source, asked)).toMatchObject({
      exitCode: 12,
      axes: { time: 'asserted' },
      findingCounts: { REQUIREMENT_UNMET: 1 },
    });
    const later = options({ freshSince: new Date(Date.now() + 60_000).toISOString() });
    expect(await inspectRecords(source, later)).toMatchObject({
      exitCode: 12,
      axes: { time: 'attested' },
      findingCounts: { CHECKPOINT_STALE: 1, REQUIREMENT_UNMET: 1 },
    });
    const part = options({ to: 1, require: ['anchor'] });
    expect(await inspectRecords(source, part)).toMatchObject({ axes: { completeness: 'unanchored' } });
    await chain.close();
  });

  test('beside manifests: attested as in the log, with what was put there by somebody else told and not counted', async () => {
    const sealed = await sealedChain({ store: bed.store, folder: bed.folder }, 8);
    await noted(sealed.chain, sealed.parts.store);
    const { size } = (await new Cosigner(partsOf(sealed.parts)).cosign())!;
    await sealed.seal();
    expect(await archiveAttestations(sealed.parts.store, sealed.target)).toBe(2);
    expect(await archiveAttestations(sealed.parts.store, sealed.target)).toBe(0);
    const inspect = (changes: Partial<VerifyOptions> = {}) =>
      inspectArchive(folderSource(sealed.folder), { ...options(changes), inflater: nodeInflater });
    expect(await inspect()).toMatchObject({
      exitCode: 0,
      checkpoint: { size },
      axes: { time: 'attested', completeness: 'fresh' },
      findings: [],
    });

    const key = (await folderSource(sealed.folder).list()).find(({ path }) => path.endsWith('.manifest.json'))!.path.replace('.manifest.json', ''); // prettier-ignore
    const [cosignature] = await sealed.parts.store.attestations().of(size);
    const broken = cosignature!.content.slice();
    broken[60] = broken[60] === 0x41 ? 0x42 : 0x41;
    await sealed.target.put(`${key}.0000000000000000.cosignature`, broken, { mode: 'none' });
    await sealed.target.put(`${key}.0000000000000001.cosignature`, utf8Encode('nonsense'), { mode: 'none' });
    await sealed.target.put(`elsewhere.0000000000000001.cosignature`, utf8Encode('nonsense'), { mode: 'none' });
    expect(await inspect()).toMatchObject({
      exitCode: 0,
      axes: { time: 'attested', completeness: 'fresh' },
      findingCounts: { COSIGNATURE_INVALID: 2, FILE_UNEXPECTED: 1 },
    });
    await sealed.chain.close();
  });

  test('a key that was compromised later signed in time, by the word of witnesses alone', async () => {
    const { parts, chain } = await openNew(bed, 3);
    await noted(chain, parts.store);
    await new Cosigner(partsOf(parts)).cosign();
    const compromised = (since: string): VerifyOptions['resolver'] => ({
      entries: () => resolver.entries(),
      resolve: (query) =>
        query.latest !== undefined && query.latest < since ? resolver.resolve(query) : { trusted: false, reason: 'compromised' },
    });
    const source = storeSource(parts.store);
    const soon = new Date(Date.now() + 60_000).toISOString();
    expect(await inspectRecords(source, options({ resolver: compromised(soon)! }))).toMatchObject({
      exitCode: 0,
      axes: { time: 'attested' },
    });
    const before = new Date(Date.now() - 60_000).toISOString();
    expect(await inspectRecords(source, options({ resolver: compromised(before)! }))).toMatchObject({ exitCode: 11 });
    const { policy: _, ...without } = options({ resolver: compromised(soon)!, require: [] });
    expect(await inspectRecords(source, without)).toMatchObject({ exitCode: 11, findingCounts: { SIGNER_COMPROMISED: 1 } });
    await chain.close();
  });

  test('a note that witnesses cosigned outlives thinning', async () => {
    const sealed = await sealedChain({ store: bed.store, folder: bed.folder }, 4, { batch: 1 });
    const { store } = sealed.parts;
    await new Cosigner(partsOf(sealed.parts)).cosign();
    const { size } = (await store.note())!;
    await sealed.append(3, 1);
    const olderThan = new Date(await store.now()).toISOString();
    await thinNotes(store, { olderThan, actor: 'system:test' });
    const sizes: number[] = [];
    for await (const note of store.notes()) sizes.push(note.size);
    expect(sizes).toContain(size);
    expect(sizes.length).toBeLessThan(7);
    await sealed.chain.close();
  });
});
