import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { signDocument } from '@countersign/proof-core/document/sign';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseJson } from '@countersign/proof-core/json/parse';
import type { JsonObject } from '@countersign/proof-core/json/value';
import type { Signer } from '@countersign/proof-core/ports';
import type { ExportInfo } from '../archive/manifest.ts';
import type { Bound } from '../verify/report.ts';

/** The payload of an extract document, `countersign/extract@1` (docs/spec/extract.md). Hashes are 64 hex characters. */
export interface ExtractPayload {
  readonly chain: string;
  readonly count: number;
  readonly digests: { /** Of the uncompressed lines. */ readonly records: string };
  readonly exported: ExportInfo;
  readonly first: number;
  readonly first_prev: string;
  readonly format: 'countersign/extract@1';
  readonly last: number;
  readonly last_hash: string;
  readonly registry: { readonly digest: string; readonly version: number };
  /** As it was asked for: numbers inclusive at both ends, times half-open; an absent bound is open. */
  readonly requested: { readonly from?: Bound; readonly to?: Bound };
  /** Root and size of the tree of the checkpoint, which the hashes beside the document lead to. */
  readonly root: string;
  readonly size: number;
}

/** What an extract file holds beside the signed document: it proves itself, so nobody signs it again. */
export interface ExtractProof {
  /** The compact range of [0, first), hex, left to right. */
  readonly before: readonly string[];
  /** The compact range of [last + 1, size), hex, left to right. */
  readonly after: readonly string[];
  /** A note of the log, of size `size`. */
  readonly checkpoint: string;
}

/**
 * Signs an extract and writes its file: canonical JSON and LF.
 *
 * The purpose is `segment`: an extract is what a segment is, records leaving the database in the log's name; the media type keeps the one from
 * passing for the other.
 *
 * @throws ProofError ERR_SIGNER_OUTPUT, ERR_SIGN_INPUT_SIZE; what a signer rejects with
 */
export async function formatExtract(
  payload: ExtractPayload,
  proof: ExtractProof,
  signers: readonly Signer[],
  engine: Engine,
): Promise<Uint8Array> {
  const request = { type: DOCUMENT_TYPES.extract, purpose: 'segment', payload: payload as unknown as JsonObject, signers, form: 'general' };
  const document = await signDocument(request as Parameters<typeof signDocument>[0], engine);
  const { after, before, checkpoint } = proof;
  const file = { after, before, checkpoint, document: parseJson(document, 'document'), format: 'countersign/extract@1' };
  return concatBytes(engine.canonicalize(file), utf8Encode('\n'));
}
