import type { Distrust } from '@countersign/proof-core/ports';
import type { FindingCode } from '../codes.ts';

const CODES: { readonly [reason in Distrust]: FindingCode } = {
  unknown: 'SIGNER_UNKNOWN',
  'not-yet-valid': 'SIGNER_NOT_YET_VALID',
  expired: 'SIGNER_EXPIRED',
  revoked: 'SIGNER_REVOKED',
  compromised: 'SIGNER_COMPROMISED',
  'wrong-purpose': 'SIGNER_PURPOSE',
  'wrong-chain': 'SIGNER_CHAIN',
};

/** The code of a registry's reason not to trust a key. */
export function distrustCode(reason: Distrust): FindingCode {
  return CODES[reason];
}
