import type { Purpose } from '@countersign/proof-core/ports';

/** Every purpose there is (`docs/spec/signers.md` §4). */
export const PURPOSES: readonly Purpose[] = [
  'approval',
  'checkpoint',
  'delivery',
  'ledger',
  'license',
  'publish',
  'registry-root',
  'revocation-list',
  'segment',
  'sign-off',
  'sku-manifest',
];

/**
 * Tells whether a text names a purpose.
 *
 * @example isPurpose('license') // true
 */
export function isPurpose(text: string): text is Purpose {
  return (PURPOSES as readonly string[]).includes(text);
}

/**
 * Tells whether a signer is a development key: only these may have several purposes, and production refuses them.
 *
 * @example isDevelopmentKey({ backend: 'file', operator: 'dev' }) // true
 */
export function isDevelopmentKey(signer: { readonly backend: string; readonly operator: string }): boolean {
  return signer.backend === 'file' && signer.operator === 'dev';
}
