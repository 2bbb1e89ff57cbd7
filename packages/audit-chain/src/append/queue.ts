import { type PreparedEvent, sizeOf } from '../record/event.ts';
import type { AppendReceipt } from './receipt.ts';

/** A caller that waits for an event to be settled. */
export interface Caller {
  readonly event: PreparedEvent;
  /** When it stops waiting, milliseconds since 1970. */
  readonly deadline: number;
  resolve(receipt: AppendReceipt): void;
  reject(error: unknown): void;
}

/** Events in a batch at most: larger batches gain nothing (measured), and a batch is one statement. */
export const MAX_BATCH = 1000;
const MAX_BATCH_BYTES = 16 * 2 ** 20;

/**
 * Takes the callers of the next batch from the front of a queue.
 *
 * @param most events at most
 *
 * An id that comes twice ends the batch: the second then finds the first in the database.
 */
export function takeBatch(queue: Caller[], most: number): Caller[] {
  const limit = Math.min(MAX_BATCH, most);
  let bytes = 0;
  let count = 0;
  const ids = new Set<string>();
  for (const { event } of queue) {
    bytes += sizeOf(event);
    if (count === limit || (count > 0 && bytes > MAX_BATCH_BYTES) || ids.has(event.id)) break;
    ids.add(event.id);
    count++;
  }
  return queue.splice(0, count);
}

/** Resolves after a pause; doubles from call to call of one sequence of failures. */
export async function backOff(attempt: number): Promise<void> {
  const milliseconds = Math.min(1000, 10 * 2 ** attempt);
  await new Promise<void>((resolve) => void setTimeout(resolve, milliseconds));
}
