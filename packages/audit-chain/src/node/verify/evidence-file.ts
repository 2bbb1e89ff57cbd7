import { Buffer } from 'node:buffer';
import { fileSource } from './file-source.ts';

/** How an evidence pack begins. */
export const EVIDENCE_HEAD = '{"checkpoint":"';

/**
 * Tells whether a file begins like an evidence pack: a record begins with another member.
 *
 * @throws SourceError when it cannot be read
 * @example await isEvidencePack('order-123.evidence') // true
 */
export async function isEvidencePack(path: string): Promise<boolean> {
  for await (const chunk of fileSource(path).chunks())
    return Buffer.from(chunk.subarray(0, EVIDENCE_HEAD.length)).toString('latin1') === EVIDENCE_HEAD;
  return false;
}
