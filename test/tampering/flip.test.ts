import { engine as portable } from '@countersign/proof-core/engine/portable';
import { describe, expect, it } from 'vitest';
import { type Files, archiveOf, chainOf } from '../../packages/audit-chain/test/verify/support/archive.ts';
import { entry, inspect, newSigner, registryOf } from './support/world.ts';

const log = newSigner('log-1');
const resolver = await registryOf(entry(log));
const records = chainOf(50);
// As few records as show everything that a file of records has: every byte of them is changed.
const whole = await archiveOf(records.slice(0, 12), [12], { signers: [log] });
const parts = await archiveOf(records, [20, 17, 13], { signers: [log] });

/** Calls `judge` with the archive as it is after a flip of one bit in every `step`th byte from `first` on. */
async function flipEach(
  files: Files,
  path: string,
  { step, first = 0 }: { readonly step: number; readonly first?: number },
  judge: (changed: Files, place: string) => Promise<void>,
): Promise<void> {
  const bytes = files.get(path)!.slice();
  const changed = new Map(files).set(path, bytes);
  for (let at = first; at < bytes.length; at += step) {
    // Another bit from byte to byte, so that digits become other digits and letters other letters as well as junk.
    const bit = 1 << (Math.floor(at / step) % 8);
    bytes[at]! ^= bit;
    await judge(changed, `${path} byte ${at} mask ${bit}`);
    bytes[at]! ^= bit;
  }
}

async function expectFound(changed: Files, place: string): Promise<void> {
  const report = await inspect(changed, { resolver });
  expect([10, 11], place).toContain(report.exitCode);
  expect(report.findings[0]?.segment, place).toBeTypeOf('number');
}

describe('an archive with one bit flipped', () => {
  for (const path of whole.keys()) {
    it(`is found out in every byte of ${path.slice(path.indexOf('.', path.lastIndexOf('/')))}`, async () => {
      await flipEach(whole, path, { step: 1 }, expectFound);
    });
  }

  it('is found out in every 61st byte of three segments', async () => {
    for (const path of parts.keys()) await flipEach(parts, path, { step: 61 }, expectFound);
  });

  it('gets the same report from both engines, in every 101st byte', async () => {
    for (const path of whole.keys()) {
      await flipEach(whole, path, { step: 101 }, async (changed, place) => {
        expect(await inspect(changed, { resolver }, portable), place).toEqual(await inspect(changed, { resolver }));
      });
    }
  });

  it('verified before', async () => {
    expect((await inspect(whole, { resolver })).exitCode).toBe(0);
    expect((await inspect(parts, { resolver })).exitCode).toBe(0);
  });
});
