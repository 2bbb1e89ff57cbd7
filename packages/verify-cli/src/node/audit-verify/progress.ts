import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '@countersign/audit-chain/verify/ports';

/** A progress bar at work. */
export interface ProgressBar {
  readonly update: (progress: Progress) => void;
  stop(): void;
}

const FORMAT = 'verifying {bar} {percentage}% · {records} records · {rate}/s · {eta_formatted} left';
const OPEN = 'verifying · {records} records · {rate}/s';

/**
 * Starts a progress bar on standard error, where that is a terminal.
 *
 * @param path the source: how long it is decides whether an end is shown
 * @param wanted false with `--no-progress`
 */
export async function startProgress(path: string, wanted: boolean): Promise<ProgressBar | undefined> {
  if (!wanted || !process.stderr.isTTY) return undefined;
  const [{ default: progress }, total] = await Promise.all([import('cli-progress'), bytesOf(path)]);
  const begun = performance.now();
  const bar = new progress.SingleBar({
    format: total === 0 ? OPEN : FORMAT,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    etaBuffer: 50,
    fps: 5,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  bar.start(Math.max(total, 1), 0, { records: 0, rate: '–' });
  return {
    update({ records, bytes }) {
      const rate = Math.round((records * 1000) / (performance.now() - begun));
      bar.update(total === 0 ? 0 : Math.min(bytes, total), { records, rate: rate.toLocaleString('en') });
    },
    stop: () => bar.stop(),
  };
}

/** The bytes of what can be measured beforehand; 0 of what cannot. */
async function bytesOf(path: string): Promise<number> {
  try {
    const own = await stat(path);
    if (own.isFile()) return path.endsWith('.gz') ? 0 : own.size;
    let sum = 0;
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && entry.name.endsWith('.jsonl.gz')) sum += (await stat(join(entry.parentPath, entry.name))).size;
    }
    return sum;
  } catch {
    return 0;
  }
}
