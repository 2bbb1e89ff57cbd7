import { ChainError } from '../../errors.ts';
import type { TimestampVerifier } from '../../timestamp/verifier.ts';
import type { requestTimestamp } from './request.ts';
import { readTimestampRoots } from './roots.ts';

async function load<T>(module: () => Promise<T>): Promise<T> {
  try {
    return await module();
  } catch (cause) {
    if (!String((cause as { readonly code?: unknown }).code).endsWith('MODULE_NOT_FOUND')) throw cause;
    throw new ChainError('ERR_PACKAGE_MISSING', 'time stamps need the packages pkijs and asn1js: npm install pkijs asn1js', {
      field: 'package',
      expected: 'pkijs and asn1js',
      actual: 'not installed',
      cause,
    });
  }
}

/** Loads what asks for time stamps. @throws ChainError ERR_PACKAGE_MISSING */
export async function loadTimestampRequest(): Promise<{ readonly requestTimestamp: typeof requestTimestamp }> {
  return await load(() => import('./request.ts'));
}

/**
 * Makes a verifier of time stamps that trusts the authorities whose chains lead to pinned certificates.
 *
 * @param pem one or more certificates
 * @throws ChainError ERR_TIMESTAMP_ROOTS, ERR_PACKAGE_MISSING
 * @example const timestamps = await openTimestampVerifier(await readFile('tsa-roots.pem', 'utf8'));
 */
export async function openTimestampVerifier(pem: string): Promise<TimestampVerifier> {
  const roots = readTimestampRoots(pem);
  const { verifyToken } = await load(() => import('./token.ts'));
  return { verify: (token, data) => verifyToken(token, data, roots) };
}
