/** Kinds of signed documents (architecture §3.3). */
export type DocumentKind =
  | 'approval'
  | 'delivery'
  | 'evidence'
  | 'extract'
  | 'ledger'
  | 'license'
  | 'revocation-list'
  | 'segment-manifest'
  | 'sign-off'
  | 'signers'
  | 'sku-manifest';

/** The media type of a kind, as the `typ` of the protected header has it. */
export type DocumentType = `application/vnd.countersign.${DocumentKind}+jws`;

/**
 * One media type for each kind of signed document, so that none can pass for another (RFC 8725 §3.11).
 *
 * @example DOCUMENT_TYPES.license // 'application/vnd.countersign.license+jws'
 */
export const DOCUMENT_TYPES: { readonly [kind in DocumentKind]: `application/vnd.countersign.${kind}+jws` } = {
  approval: 'application/vnd.countersign.approval+jws',
  delivery: 'application/vnd.countersign.delivery+jws',
  evidence: 'application/vnd.countersign.evidence+jws',
  extract: 'application/vnd.countersign.extract+jws',
  ledger: 'application/vnd.countersign.ledger+jws',
  license: 'application/vnd.countersign.license+jws',
  'revocation-list': 'application/vnd.countersign.revocation-list+jws',
  'segment-manifest': 'application/vnd.countersign.segment-manifest+jws',
  'sign-off': 'application/vnd.countersign.sign-off+jws',
  signers: 'application/vnd.countersign.signers+jws',
  'sku-manifest': 'application/vnd.countersign.sku-manifest+jws',
};

const TYPES: ReadonlySet<string> = /* @__PURE__ */ new Set(Object.values(DOCUMENT_TYPES));

/**
 * Tells whether text is the media type of a signed document.
 *
 * @param text whatever stands there
 * @example isDocumentType('application/jose') // false
 */
export function isDocumentType(text: unknown): text is DocumentType {
  return typeof text === 'string' && TYPES.has(text);
}
