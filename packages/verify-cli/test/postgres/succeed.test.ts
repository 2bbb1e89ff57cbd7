import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPostgres } from '@countersign/audit-chain/node/postgres/open';
import { generateKeyFile, loadLocalSigner } from '@countersign/signer-registry/node/local-signer';
import { addSigner } from '@countersign/signer-registry/operations/add';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import { signRegistry } from '@countersign/signer-registry/registry/sign';
import { afterAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../audit-chain/test/support/database.ts';
import { asOwner } from '../../../audit-chain/test/support/intruder.ts';
import { newDatabase, postgresMissing } from '../../../audit-chain/test/support/postgres.ts';
import { run, verify } from './run.ts';

const OLD = 'example.com/old';
const NEW = 'example.com/new';
const folder = temporaryFolder();
afterAll(() => folder.remove());
const keys = join(folder.path, 'keys');

/** Registers a key for the successor, as Security would; no development key is for two chains. */
async function registerKey(): Promise<void> {
  const path = join(keys, 'signers.json');
  const registry = await parseRegistry(readFileSync(path));
  const { kid, publicKey } = await generateKeyFile(join(keys, 'next.pem'), 'log-2');
  const request = {
    kid,
    publicKey,
    purposes: ['checkpoint'] as const,
    chains: [NEW],
    backend: 'file',
    operator: 'ops',
    description: 'Signs what succeeds the old chain.',
    status: 'active' as const,
  };
  const { next } = addSigner(registry, request, { now: Date.now(), actor: 'security:alice' });
  writeFileSync(path, await signRegistry(next.members, [await loadLocalSigner(join(keys, 'dev-root.pem'))], registry));
}

describe.skipIf(postgresMissing() !== undefined)('audit-chain succeed on postgres://', () => {
  test('a restored backup gets a successor that a registered key signs, wherever it is kept', async () => {
    const url = await newDatabase();
    const signer = ['--signer', `file:${keys}`];
    const event = ['--type', 'a.b', '--actor', 'user:1'];
    expect(await run(['init', url, '--chain', OLD, ...signer])).toMatchObject({ code: 0 });
    await run(['append', url, ...signer, ...event]);
    await registerKey();
    const succeed = (...more: string[]): ReturnType<typeof run> =>
      run(['succeed', url, '--chain', NEW, '--reason', 'backup put back', ...more]);
    const next = ['--signer', `file:${join(keys, 'next.pem')}`, '--signers', join(keys, 'signers.json')];
    // A chain that can go on gets none.
    expect(await succeed(...next)).toMatchObject({ code: 2, err: expect.stringContaining('ERR_SUCCEED_REFUSED') });

    const kept = join(folder.path, 'old.checkpoint');
    const trust = ['-s', join(keys, 'signers.json')];
    expect((await verify([url, '--chain', OLD, ...trust, '--save-checkpoint', kept])).code).toBe(0);

    const client = await openPostgres(url);
    for (const table of ['note', 'checkpoint']) await asOwner(client, `delete from countersign.${table} where size > 1`);
    await asOwner(client, 'delete from countersign.record where seq > 0');
    await client.close();
    expect(await run(['append', url, ...signer, ...event])).toMatchObject({ err: expect.stringContaining('ERR_CHAIN_ROLLED_BACK') });
    expect(await succeed()).toMatchObject({ err: expect.stringContaining('ERR_CLI_SIGNER') });
    expect(await succeed(...signer)).toMatchObject({ err: expect.stringContaining('name it with --signer') });
    expect(await succeed(...next)).toMatchObject({ code: 0, err: '', out: expect.stringContaining(`${NEW} succeeds ${OLD}`) });
    const judged = async (predecessor: string): Promise<number> =>
      (await verify([url, '--chain', NEW, ...trust, '--predecessor', predecessor])).code;
    // What was signed for the old chain, and what its database still has of it.
    expect([await judged(kept), await judged(url)]).toEqual([0, 12]);
    const again = await run(['append', url, '--chain', NEW, ...next, ...event]);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('record 1\n') });
  });
});
