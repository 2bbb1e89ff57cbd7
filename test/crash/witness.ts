import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { formatVkey } from '@countersign/proof-core/note/key';
import { parseNote } from '@countersign/proof-core/note/note';
import { expect } from 'vitest';
import { originHash } from '../../packages/audit-chain/src/node/witness/state.ts';
import { MemoryLog, ORIGIN, logKey } from '../../packages/audit-chain/test/witness/log.ts';
import { generateKeyFile } from '../../packages/signer-registry/src/node/local-signer.ts';
import { seededRandom } from '../support/random.ts';

const CLI = fileURLToPath(new URL('../../packages/verify-cli/bin/audit-verify.js', import.meta.url));

/**
 * Kills a witness with SIGKILL while two histories of one log ask it for cosignatures at once, again and again; of each size it must have
 * cosigned one root alone, over all its lives.
 */
export async function witnessSurvivesKills(folder: string, rounds: number, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const key = join(folder, 'witness.key');
  await generateKeyFile(key, 'witness.example.org/w1');
  const cosigned = new Map<number, Set<string>>();
  let size = 0;
  for (let round = 0; round < rounds; round++) {
    const args = [
      'witness',
      'serve',
      '--key',
      key,
      '--log',
      formatVkey(logKey),
      '--state',
      join(folder, 'state'),
      '--listen',
      '127.0.0.1:0',
    ];
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [text] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /on (\S+)/.exec(text.toString())![1]!;
    const dead = once(child, 'exit');
    const shown = await fetch(`${url}/${originHash(ORIGIN)}/checkpoint`);
    if (shown.ok) {
      const checkpoint = parseCheckpoint(parseNote(new Uint8Array(await shown.arrayBuffer())).textBytes);
      ({ size } = checkpoint);
      // What it had answered before it was killed it still knows.
      expect(Math.max(0, ...cosigned.keys()), `seed ${seed}, round ${round}`).toBeLessThanOrEqual(size);
      remember(cosigned, size, hexEncode(checkpoint.root));
    }
    const ends = wait(5 + Math.floor(random() * 60)).then(() => child.kill('SIGKILL'));
    await Promise.all([climb(url, size, 0, cosigned), climb(url, size, size, cosigned), climb(url, size, 0, cosigned)]);
    await ends;
    await dead;
  }
  expect(cosigned.size, 'it cosigned nothing at all').toBeGreaterThan(rounds);
  for (const [at, roots] of cosigned) expect([...roots], `seed ${seed}: two roots of size ${at}`).toHaveLength(1);
}

/** Asks for one size after the other, of a history that differs from record `forkAt` on, until nobody answers. */
async function climb(url: string, from: number, forkAt: number, cosigned: Map<number, Set<string>>): Promise<void> {
  const log = new MemoryLog(from + 400, forkAt === 0 ? {} : { forkAt });
  for (let old = from; old < from + 400;) {
    const next = old + 1;
    const body = await log.body(old, next);
    let status: number;
    try {
      const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: body.slice() });
      status = response.status;
      if (status === 409) old = Number(await response.text());
    } catch {
      return;
    }
    if (status === 422) return;
    if (status !== 200) continue;
    const { root } = parseCheckpoint(parseNote(await log.note(next)).textBytes);
    remember(cosigned, next, hexEncode(root));
    old = next;
  }
}

function remember(cosigned: Map<number, Set<string>>, size: number, root: string): void {
  cosigned.set(size, (cosigned.get(size) ?? new Set()).add(root));
}
