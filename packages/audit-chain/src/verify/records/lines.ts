/** A line longer than this is no record; only so much of it is kept. */
export const MAX_LINE_BYTES: number = 1 << 20;

/** Whole lines in a buffer: bytes[1, end), the byte at 0 is spare. */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** The last line has no line feed, because the stream ends there. */
  readonly open: boolean;
}

/**
 * Cuts a stream of bytes into buffers of whole lines. The buffer is reused: what is yielded holds until the next step.
 *
 * A line of more than 1 MiB is cut there, so that the memory stays bounded.
 *
 * @param allocate makes buffers; a platform may have a kind in which line feeds are found faster
 */
export async function* wholeLines(
  chunks: AsyncIterable<Uint8Array>,
  allocate: (length: number) => Uint8Array = (length) => new Uint8Array(length),
): AsyncGenerator<Lines> {
  let buffer = new Uint8Array(0) as Uint8Array;
  let held = 0;
  let dropping = false;
  for await (let chunk of chunks) {
    if (dropping) {
      const feed = chunk.indexOf(10);
      if (feed < 0) continue;
      chunk = chunk.subarray(feed);
      dropping = false;
    }
    const size = 1 + held + chunk.length;
    if (buffer.length < size) {
      const larger = allocate(size + (size >> 2));
      larger.set(buffer.subarray(1, 1 + held), 1);
      buffer = larger;
    }
    buffer.set(chunk, 1 + held);
    const feed = chunk.lastIndexOf(10);
    if (feed < 0) {
      held += chunk.length;
      dropping = held > MAX_LINE_BYTES;
      if (dropping) held = MAX_LINE_BYTES;
      continue;
    }
    const end = 1 + held + feed + 1;
    yield { bytes: buffer, end, open: false };
    held = chunk.length - feed - 1;
    buffer.copyWithin(1, end, end + held);
  }
  if (held > 0) yield { bytes: buffer, end: 1 + held, open: true };
}
