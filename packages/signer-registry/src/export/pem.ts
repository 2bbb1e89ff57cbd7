import { base64Encode } from '@countersign/proof-core/bytes/base64';
import type { Registry } from '../registry/registry.ts';
import type { RegisteredSigner } from '../registry/types.ts';
import { type Selection, selectSigners } from './select.ts';

function block({ kid, key, status, purposes }: RegisteredSigner): string {
  const lines = base64Encode(key.spki)
    .match(/.{1,64}/g)!
    .join('\n');
  // Text before a block is allowed and ignored (RFC 7468 §2).
  return `# ${kid} ${key.algorithm} ${purposes.join(',')} ${status} ${key.thumbprint}\n-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`;
}

/**
 * Writes public keys as PEM blocks (RFC 7468), each after a line that names it.
 *
 * @throws RangeError for an unknown kid
 * @example exportPem(registry, { kid: 'log-1' })
 */
export function exportPem(registry: Registry, selection: Selection = {}): string {
  return selectSigners(registry, selection).map(block).join('');
}
