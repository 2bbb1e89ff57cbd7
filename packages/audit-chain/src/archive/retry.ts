import { ChainError } from '../errors.ts';

const MOST_MS = 60_000;

// What another attempt cannot mend: somebody has to look at it.
const FINAL = new Set([
  'ERR_ARCHIVE_CONFLICT',
  'ERR_ARCHIVE_HIDDEN',
  'ERR_ARCHIVE_REPLACED',
  'ERR_ARCHIVE_RETENTION',
  'ERR_CHAIN_FORKED',
  'ERR_CHAIN_ROLLED_BACK',
  'ERR_CHAIN_TAMPERED',
  'ERR_CLOSED',
  'ERR_RECORD_PRUNED',
  'ERR_SIGNER_WRONG',
]);

/**
 * Tells whether another attempt may succeed. Whatever is no error of ours may come from a signer or a target, which know best: only errors
 * in the program are final as well.
 */
export function mayMend(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return false;
  return !(error instanceof ChainError) || !FINAL.has(error.code);
}

/**
 * Waits until the next attempt, or until it is not wanted any more.
 *
 * @param milliseconds the pause after a success; it doubles with each failure in a row, up to a minute or the pause itself
 */
export async function pause(milliseconds: number, failures: number, signal: AbortSignal): Promise<void> {
  const time = failures === 0 ? milliseconds : Math.min(Math.max(MOST_MS, milliseconds), milliseconds * 2 ** failures);
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, time);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
