import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishRegistry, readRegistryHistory } from '../../src/node/registry-file.ts';
import { retireSigner } from '../../src/operations/retire.ts';
import { signRegistry } from '../../src/registry/sign.ts';
import { walkRegistry } from '../../src/registry/walk.ts';
import { seededSigner } from '../support/keys.ts';
import { parse, sample, T } from '../support/registries.ts';

const roots = [seededSigner('r1'), seededSigner('r2')];
const first = await signRegistry(sample(), roots);
const one = parse(sample());
const context = { now: Date.parse(T(1)), actor: 'a' };
const second = await signRegistry(retireSigner(one, 'log-1', context).next.members, roots);
const rival = await signRegistry(retireSigner(one, 'license-1', context).next.members, roots);
let folder: string;
let count = 0;
const fresh = async (): Promise<string> => join(await mkdtemp(join(folder, `${count++}-`)), 'signers.json');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-registry-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function history(path: string): Promise<Uint8Array[]> {
  const versions: Uint8Array[] = [];
  for await (const bytes of readRegistryHistory(path)) versions.push(bytes);
  return versions;
}

describe('a registry file', () => {
  test('takes the first version and each successor, and keeps them all', async () => {
    const path = await fresh();
    await publishRegistry(path, first);
    expect((await publishRegistry(path, second)).version).toBe(2);
    expect(new Uint8Array(await readFile(path))).toEqual(second);
    expect(await history(path)).toEqual([first, second]);
    expect((await walkRegistry(readRegistryHistory(path), { digest: one.digest })).version).toBe(2);
    expect((await readdir(join(path, '..'))).sort()).toEqual(['signers.history', 'signers.json']);
  });

  test('refuses what does not follow, and stays as it was', async () => {
    const path = await fresh();
    await publishRegistry(path, first);
    await publishRegistry(path, second);
    await expect(publishRegistry(path, first)).rejects.toMatchObject({ code: 'ERR_REGISTRY_ROLLED_BACK' });
    await expect(publishRegistry(path, rival)).rejects.toMatchObject({ code: 'ERR_REGISTRY_FORKED' });
    await expect(publishRegistry(path, new Uint8Array(3))).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
    expect(await history(path)).toEqual([first, second]);
  });

  test('goes on after a crash between history and file', async () => {
    const path = await fresh();
    await publishRegistry(path, first);
    const other = await fresh();
    await publishRegistry(other, first);
    await publishRegistry(other, second);
    // The version was kept and the swap did not happen.
    await writeFile(join(path, '..', 'signers.history', '000002.json'), second);
    expect((await publishRegistry(path, second)).version).toBe(2);
    await writeFile(other, first);
    await expect(publishRegistry(other, rival)).rejects.toMatchObject({ code: 'ERR_REGISTRY_FORKED' });
  });

  test('that came without a history is its own only version', async () => {
    const path = await fresh();
    await writeFile(path, first);
    expect(await history(path)).toEqual([first]);
    await publishRegistry(path, second);
    expect(await history(path)).toEqual([first, second]);
  });
});
