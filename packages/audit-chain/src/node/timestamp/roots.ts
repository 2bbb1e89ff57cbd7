import { X509Certificate } from 'node:crypto';
import { timestampProblem } from './problem.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Reads the certificates that a verifier pins: PEM, one or more; text between them is ignored.
 *
 * @param pem at most 1 MiB
 * @throws ChainError ERR_TIMESTAMP_ROOTS
 * @example readTimestampRoots(await readFile('tsa-roots.pem', 'utf8'))
 */
export function readTimestampRoots(pem: string): X509Certificate[] {
  const blocks = pem.length > 1_048_576 ? [] : (pem.match(BLOCK) ?? []);
  if (blocks.length === 0) throw timestampProblem('ERR_TIMESTAMP_ROOTS', 'roots', 'certificates in PEM', 'none');
  return blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw timestampProblem('ERR_TIMESTAMP_ROOTS', `roots[${i}]`, 'a certificate', 'something else', cause);
    }
  });
}
