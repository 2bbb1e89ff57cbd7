import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { formatVkey, noteKey } from '@countersign/proof-core/note/key';
import { parseNote } from '@countersign/proof-core/note/note';
import { expect } from 'vitest';
import { originHash } from '../../packages/audit-chain/src/node/witness/state.ts';
import { MemoryLog, logSigner } from '../../packages/audit-chain/test/witness/log.ts';
import { generateKeyFile } from '../../packages/signer-registry/src/node/local-signer.ts';
import { seededRandom } from '../support/random.ts';

const CLI = fileURLToPath(new URL('../../packages/verify-cli/bin/audit-verify.js', import.meta.url));

const SIZES = 200;

/** One log that shows two histories, different from the first record on. */
interface TwoFaced {
  readonly origin: string;
  readonly histories: readonly MemoryLog[];
}

/**
 * Kills a witness with SIGKILL while two histories of its logs ask it for cosignatures at once, again and again, each log in two of its lives; of
 * each size it must have cosigned one root alone, over all its lives, and know after a kill what it had answered before.
 */
export async function witnessSurvivesKills(folder: string, rounds: number, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const key = join(folder, 'witness.key');
  await generateKeyFile(key, 'witness.example.org/w1');
  const logs = Array.from({ length: rounds }, (_, i): TwoFaced => {
    const origin = `example.com/log-${i}`;
    return { origin, histories: [new MemoryLog(SIZES, { origin }), new MemoryLog(SIZES, { origin, forkAt: 0 })] };
  });
  const vkeys = logs.flatMap(({ origin }) => ['--log', formatVkey(noteKey(origin, logSigner.publicKey))]);
  const cosigned = new Map<string, Set<string>>();
  for (let round = 0; round < rounds; round++) {
    const args = ['witness', 'serve', '--key', key, ...vkeys, '--state', join(folder, 'state'), '--listen', '127.0.0.1:0'];
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [text] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /on (\S+)/.exec(text.toString())![1]!;
    const dead = once(child, 'exit');
    let left = 3 + Math.floor(random() * 12);
    const onAnswer = (): void => {
      if (--left === 0) child.kill('SIGKILL');
    };
    const asked = logs.slice(Math.max(0, round - 1), round + 1);
    for (const { origin } of asked) await compareShown(url, origin, cosigned, `seed ${seed}, round ${round}`);
    await Promise.all(asked.flatMap(({ histories }) => histories.map((history) => climb(url, history, cosigned, onAnswer))));
    child.kill('SIGKILL');
    await dead;
  }
  expect(cosigned.size, 'it cosigned next to nothing').toBeGreaterThan(rounds);
  for (const [at, roots] of cosigned) expect([...roots], `seed ${seed}: two roots of ${at}`).toHaveLength(1);
}

/** What the witness shows is at least what it has answered. */
async function compareShown(url: string, origin: string, cosigned: Map<string, Set<string>>, label: string): Promise<void> {
  const answered = Math.max(0, ...[...cosigned.keys()].filter((at) => at.startsWith(`${origin} `)).map((at) => Number(at.split(' ')[1])));
  const shown = await fetch(`${url}/${originHash(origin)}/checkpoint`);
  const checkpoint = shown.ok ? parseCheckpoint(parseNote(new Uint8Array(await shown.arrayBuffer())).textBytes) : undefined;
  expect(checkpoint?.size ?? 0, label).toBeGreaterThanOrEqual(answered);
  if (checkpoint !== undefined) remember(cosigned, origin, checkpoint.size, hexEncode(checkpoint.root));
}

/** Asks for one size after the other until nobody answers or the witness objects. */
async function climb(url: string, log: MemoryLog, cosigned: Map<string, Set<string>>, onAnswer: () => void): Promise<void> {
  for (let old = 0; old < SIZES;) {
    const body = await log.body(old, old + 1);
    let status: number;
    try {
      const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: body.slice() });
      ({ status } = response);
      const text = await response.text();
      if (status === 409) old = Number(text);
    } catch {
      return;
    }
    onAnswer();
    if (status === 200)
      remember(cosigned, log.origin, old + 1, hexEncode(parseCheckpoint(parseNote(await log.note(old + 1)).textBytes).root));
    if (status === 200) old++;
    else if (status !== 409) return;
  }
}

function remember(cosigned: Map<string, Set<string>>, origin: string, size: number, root: string): void {
  const at = `${origin} ${size}`;
  cosigned.set(at, (cosigned.get(at) ?? new Set()).add(root));
}
