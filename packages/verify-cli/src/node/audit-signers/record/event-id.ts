import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';

/**
 * The id of the event that a version of a registry leaves in a chain: a UUID version 8 (RFC 9562 §5.8) of what happened, so that it is
 * recorded once however often the command runs.
 *
 * @param digest of the version
 * @example signerEventId('example.com/audit', 'signer.retired', 'log-1', registry.digest)
 */
export function signerEventId(chain: string, type: string, kid: string, digest: string): string {
  const hex = defaultEngine.sha256Hex(utf8Encode(['countersign/signer-event@1', chain, type, kid, digest].join('\0')));
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) % 4]!;
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
