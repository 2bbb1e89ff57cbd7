import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { generateKeyFile, loadLocalSigner } from '@countersign/signer-registry/node/local-signer';
import { publishRegistry } from '@countersign/signer-registry/node/registry-file';
import { addSigner } from '@countersign/signer-registry/operations/add';
import { revokeSigner } from '@countersign/signer-registry/operations/revoke';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import { signRegistry } from '@countersign/signer-registry/registry/sign';
import type { RegistryMembers } from '@countersign/signer-registry/registry/types';
import { afterAll, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../../audit-chain/test/support/database.ts';
import { seal } from '../../src/node/audit-chain/seal/seal.ts';
import { makeLog } from '../support/log.ts';

const folder = temporaryFolder();
afterAll(() => {
  vi.restoreAllMocks();
  folder.remove();
});
const log = join(folder.path, 'log');
const archive = join(folder.path, 'archive');
const signers = join(log, 'signers.json');

/** The registry version that each manifest names, in order. */
const versions = (): number[] =>
  readdirSync(archive, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.manifest.json'))
    .toSorted()
    .map((path) => (parseDocument(readFileSync(join(archive, path))).value['registry'] as { version: number }).version);

async function publish(
  change: (registry: Awaited<ReturnType<typeof parseRegistry>>) => { readonly members: RegistryMembers },
): Promise<void> {
  const before = await parseRegistry(readFileSync(signers));
  const root = await loadLocalSigner(join(log, 'keys/dev-root.pem'));
  await publishRegistry(signers, await signRegistry(change(before).members, [root], before));
}

test('a sealer that follows reads newer versions of the registry, and stops when its key is revoked in one', async () => {
  await makeLog(log, 'example.com/followed');
  let told = '';
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      told += String(text);
      return true;
    });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await setTimeout(20);
  };
  // Each look appends a heartbeat and seals it.
  const ended = seal(log, { to: archive, follow: true, maxAge: '0s', heartbeat: '0s' }).then(
    () => 'stopped',
    (error: { code?: string }) => error.code,
  );
  await until(() => told.includes('sealed records 0 to'));
  const { kid, publicKey } = await generateKeyFile(join(folder.path, 'next.pem'), 'log-2');
  const request = { kid, publicKey, purposes: ['checkpoint'] as const, chains: ['example.com/other'], backend: 'file', operator: 'ops', description: 'another' }; // prettier-ignore
  await publish((registry) => addSigner(registry, request, { now: Date.now(), actor: 'security:alice' }).next);
  await until(() => versions().includes(2));
  expect(told).toContain('registry version 2');
  expect(versions().toSorted((a, b) => a - b)).toEqual(versions());
  await publish(
    (registry) => revokeSigner(registry, { kid: 'dev-log', reason: 'stolen' }, { now: Date.now(), actor: 'security:alice' }).next,
  );
  expect(await ended).toBe('ERR_SIGNER_WRONG');
  expect(versions()).not.toContain(3);
});
