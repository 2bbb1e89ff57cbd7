import { Buffer } from 'node:buffer';
import { type RecordSource, SourceError } from '../../verify/ports.ts';
import { EVIDENCE_HEAD } from './evidence-file.ts';
import { streamSource } from './file-source.ts';

/** How the document of an extract begins. */
const EXTRACT_HEAD = '{"after":[';

/**
 * Opens a stream such as standard input, plain or gzip, as what its first bytes say that it is: an evidence pack, or record lines.
 *
 * @throws SourceError for the document of an extract, which is judged with its record lines
 * @example const { kind, source } = await openStream(process.stdin);
 */
export async function openStream(stream: AsyncIterable<Uint8Array>): Promise<{ kind: 'evidence' | 'records'; source: RecordSource }> {
  const source = streamSource(stream);
  const chunks = source.chunks()[Symbol.asyncIterator]();
  const read: Promise<IteratorResult<Uint8Array>>[] = [];
  let head = '';
  try {
    while (head.length < EVIDENCE_HEAD.length) {
      read.push(chunks.next());
      const { value, done } = await read.at(-1)!;
      if (done === true) break;
      head += Buffer.from(value.subarray(0, EVIDENCE_HEAD.length)).toString('latin1');
    }
  } catch {
    // Whoever reads meets it again, in its place.
  }
  if (head.startsWith(EXTRACT_HEAD))
    throw new SourceError('unreadable', 'standard input: an extract is two files that are judged together: name one of them');
  const again = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (const one of read) {
        const { value, done } = await one;
        if (done === true) return;
        yield value;
      }
      yield* { [Symbol.asyncIterator]: () => chunks };
    } finally {
      await chunks.return?.();
    }
  };
  return { kind: head.startsWith(EVIDENCE_HEAD) ? 'evidence' : 'records', source: { ...source, chunks: again } };
}
