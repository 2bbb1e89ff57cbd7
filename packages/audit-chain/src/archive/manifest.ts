import { signDocument } from '@countersign/proof-core/document/sign';
import type { Signer } from '@countersign/proof-core/ports';
import type { JsonObject } from '@countersign/proof-core/json/value';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';

/** How long a segment is kept where it lies; a directory keeps nothing from being deleted. */
export type Retention = { readonly mode: 'none' } | { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly until: string };

/** Who exported a segment, and under which rules for personal data. */
export interface ExportInfo {
  /** RFC 3339 UTC with milliseconds. */
  readonly at: string;
  readonly env: string;
  readonly pii_included: false;
  readonly pii_policy_version: string;
  readonly service: string;
  readonly version: string;
}

/** The payload of a segment manifest, `countersign/segment@1` (docs/spec/archive.md). Hashes are 64 hex characters. */
export interface SegmentManifest {
  readonly chain: string;
  /** The note of size `size`, with the log's signature lines. */
  readonly checkpoint: string;
  readonly count: number;
  readonly digests: { readonly file: string; readonly index: string; readonly records: string };
  readonly exported: ExportInfo;
  readonly first: number;
  readonly first_prev: string;
  readonly format: 'countersign/segment@1';
  readonly last: number;
  readonly last_hash: string;
  /** Digest of the previous manifest's payload; 64 zeros for the first. */
  readonly previous: string;
  readonly registry: { readonly digest: string; readonly version: number };
  readonly retention: Retention;
  readonly root: string;
  readonly size: number;
}

/**
 * Signs a manifest: the `.manifest.json` file, a signed document in general JSON form, because its name says JSON and it carries two
 * signatures while keys overlap.
 *
 * @throws ProofError ERR_SIGNER_OUTPUT, ERR_SIGN_INPUT_SIZE; what a signer rejects with
 */
export async function signManifest(manifest: SegmentManifest, signers: readonly Signer[], engine: Engine): Promise<Uint8Array> {
  const payload = manifest as unknown as JsonObject;
  return await signDocument({ type: DOCUMENT_TYPES['segment-manifest'], purpose: 'segment', payload, signers, form: 'general' }, engine);
}
