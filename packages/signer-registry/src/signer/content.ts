import { parseDocument } from '@countersign/proof-core/document/parse';
import { DOCUMENT_TYPES, type DocumentKind } from '@countersign/proof-core/document/types';
import type { DocumentHeader } from '@countersign/proof-core/document/parse';
import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { ProofError } from '@countersign/proof-core/errors';
import { type Checkpoint, parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import type { Purpose } from '@countersign/proof-core/ports';
import { unexpected } from '../errors.ts';
import { type Statement, parseStatement } from './statement.ts';

/** Which documents a key of each purpose signs. A log's exports are signed by its segment key or by a publishing key. */
const KINDS: Readonly<Record<Exclude<Purpose, 'checkpoint'>, readonly DocumentKind[]>> = {
  approval: ['approval'],
  delivery: ['delivery'],
  ledger: ['ledger'],
  license: ['license'],
  publish: ['evidence', 'extract'],
  'registry-root': ['signers'],
  'revocation-list': ['revocation-list'],
  segment: ['evidence', 'extract', 'segment-manifest'],
  'sign-off': ['sign-off'],
  'sku-manifest': ['sku-manifest'],
};

/** What bytes handed to a signer turned out to be. */
export type Content =
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'document'; readonly header: DocumentHeader; /** SHA-256 of the payload, hex. */ readonly digest: string }
  | { readonly kind: 'statement'; readonly statement: Statement };

/** Only the signature is missing to make a signing input a document: any will do to read it. */
const NO_SIGNATURE = /* @__PURE__ */ utf8Encode('.AA');

function readCheckpoint(bytes: Uint8Array): Content {
  const checkpoint = parseCheckpoint(bytes);
  if (checkpoint.size === 0) throw unexpected('ERR_SIGN_CONTENT', 'size', 'a checkpoint of one record or more', 0);
  return { kind: 'checkpoint', checkpoint };
}

function readDocument(purpose: Exclude<Purpose, 'checkpoint'>, bytes: Uint8Array): Content {
  const document = parseDocument(concatBytes(bytes, NO_SIGNATURE));
  const header = document.signatures[0]!.header;
  const types = KINDS[purpose].map((kind) => DOCUMENT_TYPES[kind]);
  if (!types.includes(header.typ)) throw unexpected('ERR_SIGN_CONTENT', 'typ', types.join(' or '), header.typ);
  return { kind: 'document', header, digest: document.digest };
}

/**
 * Reads what a signer is asked to sign, as the thing its purpose says it is (`docs/spec/signers.md` §8): the text of a checkpoint, the signing
 * input of a document of the right type, or a probe or rotation statement. Nothing else is ever signed.
 *
 * @throws RegistryError ERR_SIGN_CONTENT
 * @example readContent('checkpoint', formatCheckpoint(checkpoint)).kind // 'checkpoint'
 */
export function readContent(purpose: Purpose, bytes: Uint8Array): Content {
  const statement = parseStatement(bytes);
  if (statement !== undefined) return { kind: 'statement', statement };
  try {
    return purpose === 'checkpoint' ? readCheckpoint(bytes) : readDocument(purpose, bytes);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    const expected = purpose === 'checkpoint' ? 'the text of a checkpoint' : `the signing input of a ${purpose} document`;
    throw unexpected('ERR_SIGN_CONTENT', 'bytes', expected, error.code, error);
  }
}
