// The rotation of the production runbook, with the commands that people type: new signer published, canary signs with it, old one retired.
import { cpSync, readFileSync } from 'node:fs';
import { Chain } from '@countersign/audit-chain/append/chain';
import { markFile } from '@countersign/audit-chain/node/log/mark-file';
import { openLogForReading } from '@countersign/audit-chain/node/log/open';
import { parseNote } from '@countersign/proof-core/note/note';
import { parseReceipt } from '@countersign/proof-core/receipt/receipt';
import { loadLocalSigner } from '@countersign/signer-registry/node/local-signer';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import { wrapSigner } from '@countersign/signer-registry/signer/wrap';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Workplace, makeLog } from './commands.ts';

const CHAIN = 'example.com/audit';
const OLD = { AUDIT_SIGNER: 'file:log-1.key,file:seg-1.key' };
const BOTH = { AUDIT_SIGNER: 'file:log-1.key,file:log-2.key,file:seg-1.key' };
const NEW = { AUDIT_SIGNER: 'file:log-2.key,file:seg-1.key' };

let place: Workplace;
beforeAll(() => {
  place = new Workplace();
});
afterAll(() => place.remove());

const append = (env: Record<string, string>, log = 'log') =>
  place.line(`audit-chain append ${log} --type order.created --actor user:7f3a`, env);
/** Two holders, each on a machine of his own: the first signature is not enough. */
async function publish(more = '', env: Record<string, string> = {}): Promise<string> {
  const first = await place.ok('audit-signers sign signers.next.json --key root-1.key --into signers.json --json');
  expect(JSON.parse(first.out)).not.toHaveProperty('published');
  return (await place.ok(`audit-signers sign signers.next.json --key root-2.key --into signers.json ${more}`, env)).out;
}
async function receipt(name: string, seq: number): Promise<number> {
  await place.ok(`audit-chain receipt log --seq ${seq} --out ${name}.receipt`);
  return parseNote(parseReceipt(readFileSync(place.at(`${name}.receipt`))).note).signatures.length;
}
async function record(env: Record<string, string>): Promise<string[]> {
  const { out } = await place.ok('audit-signers record log --actor security:alice --json', env);
  const { recorded } = JSON.parse(out) as { recorded: { type: string; subject: string }[] };
  return recorded.map(({ type, subject }) => `${type} ${subject}`);
}
interface Verdict {
  readonly summary: string;
  readonly exitCode: number;
  readonly axes: Record<string, string>;
  readonly findings: readonly { readonly code: string; readonly actual?: string }[];
  readonly checkpoint?: { readonly kids: readonly string[] };
}
const verify = async (source: string, registry = 'signers.json'): Promise<Verdict> =>
  JSON.parse((await place.line(`audit-verify ${source} -s ${registry} --json`)).out) as Verdict;
const SOUND = { exitCode: 0, axes: { integrity: 'pass', signerTrust: 'pass' }, findings: [] };

describe('a rotation', () => {
  test('before: a registry of two roots, a log under it', async () => {
    await place.ok(
      'audit-signers init --new-root root-1=root-1.key --new-root root-2=root-2.key --operator root-1=alice --operator root-2=bob',
    );
    await place.ok(`audit-signers add log-1 --new-key log-1.key --purpose checkpoint --chain ${CHAIN} --operator platform --active`);
    await publish();
    await place.ok(`audit-signers add seg-1 --new-key seg-1.key --purpose segment --chain ${CHAIN} --operator platform --active`);
    await publish();
    await makeLog(place, CHAIN, `file:${place.at('log-1.key')},file:${place.at('seg-1.key')}`);
    expect((await append(OLD)).code).toBe(0);
    expect(await receipt('before', 1)).toBe(1);
  });

  test('the new signer is published, and signs nothing yet but probes', async () => {
    await place.ok('audit-signers rotate log-1 --to log-2 --new-key log-2.key');
    await publish();
    const early = await append({ AUDIT_SIGNER: 'file:log-2.key' });
    expect({ code: early.code, err: early.err }).toMatchObject({ code: 11, err: expect.stringContaining('ERR_SIGN_STATUS') as string });
    const both = await append(BOTH);
    expect(both.code).toBe(0);
    expect(both.err).toContain('log-2');
    const rehearsal = await place.ok('audit-signers rotate log-1 --to log-2 --rehearse --signer file:log-2.key --json');
    expect(JSON.parse(rehearsal.out)).toMatchObject({ kid: 'log-2', status: 'pending', probes: 3 });
    expect((await place.line('audit-signers rotate log-1 --to log-2 --rehearse --signer file:log-1.key')).code).toBe(2);
  });

  test('the canary signs with both: checkpoints carry two lines, and signer.rotated says so', async () => {
    cpSync(place.at('signers.json'), place.at('signers.pending.json'));
    cpSync(place.at('log'), place.at('log.alone'), { recursive: true });
    await place.ok('audit-signers activate log-2');
    await publish();
    expect((await append(BOTH)).code).toBe(0);
    await place.ok('audit-signers rotate log-1 --to log-2 --log log', BOTH);
    expect(await receipt('during', 3)).toBe(2);
    expect(await verify('log')).toMatchObject({ ...SOUND, checkpoint: { kids: ['log-1', 'log-2'] } });
    // A verifier that has not fetched the newest version yet is content too.
    expect((await place.line('audit-verify receipt during.receipt -s signers.pending.json')).code).toBe(0);
    expect((await place.line('audit-signers show --against signers.pending.json')).out).toContain('pending → active');
  });

  test('the old signer is retired and signs no more', async () => {
    cpSync(place.at('signers.json'), place.at('signers.both.json'));
    await place.ok('audit-signers retire log-1');
    await publish();
    const retired = await append(OLD);
    expect({ code: retired.code, err: retired.err }).toMatchObject({ code: 11, err: expect.stringContaining('retired') as string });
    expect((await append(NEW)).code).toBe(0);
    expect(await receipt('after', 5)).toBe(1);
    await place.ok('audit-chain seal log --to archive', NEW);
    expect(await verify('archive')).toMatchObject({ ...SOUND, checkpoint: { kids: ['log-2'] } });
    for (const name of ['before', 'during', 'after']) {
      expect((await place.line(`audit-verify receipt ${name}.receipt -s signers.json`)).code).toBe(0);
    }
  });

  test('what every version did is recorded in the log', async () => {
    expect(await record(NEW)).toEqual([
      'signer.added root-1',
      'signer.added root-2',
      'signer.added log-1',
      'signer.added seg-1',
      'signer.added log-2',
      'signer.activated log-2',
      'signer.retired log-1',
    ]);
  });

  test('a signature by the retired key made later is refused: the signer, not the log', async () => {
    cpSync(place.at('log'), place.at('log.late'), { recursive: true });
    cpSync(place.at('high-water.example.com+audit.json'), place.at('mark.kept'));
    // Somebody who has the key and an old registry passes every guard.
    expect((await append({ ...OLD, AUDIT_SIGNERS: 'signers.both.json' }, 'log.late')).code).toBe(0);
    cpSync(place.at('mark.kept'), place.at('high-water.example.com+audit.json'));
    const verdict = await verify('log.late');
    expect(verdict).toMatchObject({ exitCode: 11, axes: { integrity: 'pass', signerTrust: 'fail' } });
    expect(verdict.findings.map(({ code, actual }) => `${code} ${actual}`)).toContain('SIGNER_EXPIRED log-1');
  });

  test('a backlog from an outage, signed by a key that is younger than its records, is no alarm', async () => {
    const opened = await openLogForReading('log');
    const registry = await parseRegistry(readFileSync(place.at('signers.json')));
    const down = wrapSigner(await loadLocalSigner('log-2.key'), () => Promise.reject(new Error('the signer is down')));
    const mark = markFile(place.at('high-water.example.com+audit.json'));
    const parts = { store: opened.store, signers: [down], resolver: registry, mark, clock: Date, limits: { settleTimeoutMs: 50 } };
    const chain = await Chain.open(parts);
    const [settled, types] = [chain.settledSize, ['order.created', 'order.paid']];
    const results = await Promise.allSettled(types.map((type) => chain.append({ type, actor: 'user:7f3a' })));
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_SIGNER_UNAVAILABLE' } });
    // Durable, waiting, and covered by nothing.
    expect(chain.size).toBe(settled + 2);
    expect((await opened.store.note())!.size).toBe(settled);
    await chain.close();
    await opened.close();

    await place.ok(`audit-signers add log-3 --new-key log-3.key --purpose checkpoint --chain ${CHAIN} --active`);
    await publish();
    // Whoever opens the log signs what waits; what has been recorded before is not recorded again.
    const next = { AUDIT_SIGNER: 'file:log-3.key,file:seg-1.key' };
    expect(await record(next)).toEqual(['signer.added log-3']);
    await place.ok('audit-chain seal log --to archive', next);
    expect(await verify('archive')).toMatchObject({ ...SOUND, checkpoint: { kids: ['log-3'] } });
  });

  test('a compromised key’s late checkpoints are untrusted, never tampered; what an honest key covers stays trusted', async () => {
    const { out } = await place.ok('audit-signers show log-1 --json');
    const since = (JSON.parse(out) as { signers: { valid_from: string }[] }).signers[0]!.valid_from;
    await place.ok(`audit-signers revoke log-1 --reason "key found in a backup" --compromised-since ${since}`);
    const published = await publish('--log log', { AUDIT_SIGNER: 'file:log-3.key' });
    expect(published).toMatch(/signer\.revoked log-1 is record \d+/);
    const alone = await verify('log.alone');
    expect(alone).toMatchObject({ exitCode: 11, axes: { integrity: 'pass', signerTrust: 'fail' } });
    expect(alone.findings.map(({ code }) => code)).toEqual(['SIGNER_COMPROMISED']);
    expect(alone.summary).toMatch(/trusted/i);
    expect(alone.summary).not.toMatch(/tampered|NOT intact/i);
    expect(await verify('archive')).toMatchObject(SOUND);
  });
});
