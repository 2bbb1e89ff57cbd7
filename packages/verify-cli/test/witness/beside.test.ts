import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { folderTarget } from '@countersign/audit-chain/node/archive/folder-target';
import { type TestBed, testBed } from '../../../audit-chain/test/support/chain.ts';
import { temporaryFolder } from '../../../audit-chain/test/support/database.ts';
import { sealedChain } from '../../../audit-chain/test/support/sealed.ts';
import { keepBeside } from '../../src/node/audit-chain/witness/beside.ts';

const WAIT = { timeout: 30_000, interval: 10 };
const folder = temporaryFolder();
let bed: TestBed;
beforeAll(async () => void (bed = await testBed()));
afterAll(async () => {
  await bed.close();
  folder.remove();
});

test('what witnesses say is in the archive while they are followed, also of segments that are sealed afterwards', async () => {
  const sealed = await sealedChain({ store: bed.store, folder: folder.path }, 9, { records: 256 });
  const { store } = sealed.parts;
  const errors: unknown[] = [];
  const whole = folderTarget(sealed.folder);
  let isAway = true;
  const put: typeof whole.put = (...given) => (isAway ? Promise.reject(new Error('away')) : whole.put(...given));
  const target = { ...whole, put };
  const beside = keepBeside(store, target, { everyMs: 20, onError: (error) => errors.push(error) });
  const there = (): number => readdirSync(sealed.folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.cosignature')).length; // prettier-ignore
  const say = (size: number, text: string): Promise<unknown> =>
    store.attestations().add(size, { kind: 'cosignature', content: Buffer.from(text) });
  try {
    const size = sealed.chain.size;
    await say(size, 'first');
    beside.look();
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0), WAIT);
    isAway = false;
    // It looks again by itself.
    await vi.waitFor(() => expect(there()).toBe(1), WAIT);
    await say(size, 'second');
    beside.look();
    beside.look();
    await vi.waitFor(() => expect(there()).toBe(2), WAIT);
    await sealed.append(3);
    await say(sealed.chain.size, 'third');
    beside.look();
    await sealed.seal();
    await vi.waitFor(() => expect(there()).toBe(3), WAIT);
    await say(size, 'last');
    expect(await beside.end()).toBe(4);
    expect(there()).toBe(4);
  } finally {
    beside.stop();
  }
});
