import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { JsonObject } from '@countersign/proof-core/json/value';
import type { ExportInfo } from '../archive/manifest.ts';
import type { RecordFilter } from '../store/find.ts';

/** Format of an evidence pack (docs/spec/evidence-pack.md). */
export const EVIDENCE_FORMAT = 'countersign/evidence-pack@1';

/** How many lines of each kind a pack has. */
export interface EvidenceCounts {
  readonly manifests: number;
  readonly private: number;
  readonly records: number;
  readonly signers: number;
}

/** The payload of the document of an evidence pack. Hashes are 64 hex characters. */
export interface EvidencePayload {
  readonly chain: string;
  readonly counts: EvidenceCounts;
  readonly digests: { /** SHA-256 of all lines before the document. */ readonly lines: string };
  readonly exported: Omit<ExportInfo, 'pii_included'> & { readonly pii_included: boolean };
  /** What the records have to be like; all of it holds for each. */
  readonly filter: RecordFilter;
  /** The records that were looked through. */
  readonly first: number;
  readonly last: number;
  readonly format: typeof EVIDENCE_FORMAT;
  readonly registry: { readonly digest: string; readonly version: number };
  /** Root and size of the tree of the checkpoint that the proofs lead to. */
  readonly root: string;
  readonly size: number;
}

/** Writes one line of a pack: canonical JSON and LF. */
export function formatLine(line: JsonObject, engine: Engine): Uint8Array {
  return concatBytes(engine.canonicalize(line), utf8Encode('\n'));
}
