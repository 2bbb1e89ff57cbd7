import { ChainError } from '../../errors.ts';
import type { S3Writing } from './client.ts';
import { s3Fault } from './fault.ts';

interface Seen {
  /** The `Date` of the newest answer. */
  date: string | undefined;
}

// A client has one recorder, however many targets use it.
const seen = new WeakMap<object, Seen>();

function recorderOf(client: S3Writing): Seen {
  const there = seen.get(client);
  if (there !== undefined) return there;
  const recorder: Seen = { date: undefined };
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { readonly headers?: { readonly [name: string]: string | undefined } };
      recorder.date = headers?.['date'] ?? recorder.date;
      return result;
    },
    { step: 'deserialize', name: 'countersignServerDate', override: true },
  );
  seen.set(client, recorder);
  return recorder;
}

/**
 * What time it is by the store's own clock: the `Date` of an answer (RFC 9110 §6.6.1). A lock is judged by that clock, so no other decides
 * when it ends.
 *
 * @throws ChainError ERR_ARCHIVE_STORE when the answer has no date; what the request fails with
 */
export async function serverTime(client: S3Writing, bucket: string): Promise<Date> {
  const recorder = recorderOf(client);
  recorder.date = undefined;
  try {
    await client.headBucket({ Bucket: bucket });
  } catch (error) {
    throw s3Fault(error, { operation: 'HeadBucket', bucket });
  }
  const date = new Date(recorder.date ?? Number.NaN);
  if (Number.isNaN(date.getTime())) {
    const place = `s3://${bucket}`;
    throw new ChainError('ERR_ARCHIVE_STORE', `${place}: its answers have no date`, { field: place, expected: 'Date', actual: 'none' });
  }
  return date;
}
