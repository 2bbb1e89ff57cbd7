import type { DocumentKind } from '@countersign/proof-core/document/types';
import type { Purpose } from '@countersign/proof-core/ports';

/** The purpose that the signer of a kind of document is registered for (architecture §3.3). */
export const DOCUMENT_PURPOSES: { readonly [kind in DocumentKind]: Purpose } = {
  approval: 'approval',
  delivery: 'delivery',
  evidence: 'segment',
  extract: 'segment',
  ledger: 'ledger',
  license: 'license',
  'revocation-list': 'revocation-list',
  'segment-manifest': 'segment',
  'sign-off': 'sign-off',
  signers: 'registry-root',
  'sku-manifest': 'sku-manifest',
};
