import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { signDocument } from '@countersign/proof-core/document/sign';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseJson } from '@countersign/proof-core/json/parse';
import type { JsonObject } from '@countersign/proof-core/json/value';
import type { KeyResolver, Signer } from '@countersign/proof-core/ports';
import { parseReceipt } from '@countersign/proof-core/receipt/receipt';
import { requireRegistered } from '../append/keys.ts';
import { tampered } from '../append/lines.ts';
import type { ExportInfo } from '../archive/manifest.ts';
import { ChainError } from '../errors.ts';
import { signedTree } from '../extract/note.ts';
import { readRecords } from '../read/query.ts';
import { receiptsUnder } from '../read/receipts.ts';
import type { ReadRecord } from '../read/record.ts';
import { RESERVED_TYPES } from '../record/types.ts';
import type { RecordFilter } from '../store/find.ts';
import type { ChainStore } from '../store/store.ts';
import type { ArchiveSource } from '../verify/ports.ts';
import { EVIDENCE_FORMAT, type EvidenceCounts, type EvidencePayload, formatLine } from './document.ts';
import { manifestLines } from './manifests.ts';

/** What packing needs. */
export interface EvidenceParts {
  readonly store: ChainStore;
  /** Sign the pack; registered for `segment`. */
  readonly signers: readonly Signer[];
  readonly resolver: KeyResolver;
  /** The registry that counts now, and its file. */
  readonly registry: { readonly digest: string; readonly version: number; readonly bytes: Uint8Array };
  readonly exporter: Omit<ExportInfo, 'at' | 'pii_included'>;
  /** Now, RFC 3339 UTC with milliseconds. */
  readonly now: string;
  /** Which records; one condition or more. */
  readonly filter: RecordFilter;
  /** Also the private values that are not erased, with their salts: the pack is then personal data. */
  readonly includePrivate?: boolean;
  /** An archive whose manifests of these records are packed too. */
  readonly archive?: ArchiveSource;
}

/**
 * Packs the settled records that a filter wants into one file with all that is needed to check them offline: proofs, the registry, what the log
 * says of its signers, and segment manifests (docs/spec/evidence-pack.md).
 *
 * @param write gets the file line by line; what was written before an error is worth nothing
 * @returns how many lines of each kind there are
 * @throws ChainError ERR_EXTRACT_EMPTY when nothing matches, ERR_CHAIN_TAMPERED, ERR_SIGNER_WRONG, ERR_STORE; ProofError ERR_NOTE_…,
 *   ERR_SIGNER_OUTPUT, ERR_SIGN_INPUT_SIZE; SourceError of the archive
 * @example await packEvidence({ …, filter: { subject: 'order:123' } }, (bytes) => file.write(bytes));
 */
export async function packEvidence(
  parts: EvidenceParts,
  write: (bytes: Uint8Array) => Promise<unknown>,
  engine: Engine = defaultEngine,
): Promise<EvidenceCounts> {
  const { store, signers, resolver, registry, filter } = parts;
  for (const signer of signers) requireRegistered(signer, resolver, 'segment', store.chain, parts.now);
  if (Object.keys(filter).length === 0) throw new RangeError('filter: one condition or more');
  const tree = await signedTree(store, resolver, engine);
  const first = await store.firstStored();
  const last = tree.size - 1;
  const digest = engine.hasher();
  const line = async (value: JsonObject): Promise<void> => {
    const bytes = formatLine(value, engine);
    digest.update(bytes);
    await write(bytes);
  };
  const receiptOf = receiptsUnder(store, tree, engine);
  const recordLine = async (kind: 'record' | 'signer', { seq, record, event }: ReadRecord): Promise<void> => {
    const { hashes } = parseReceipt(await receiptOf(seq, record, event.id).bytes());
    await line({ hashes: hashes.map(hexEncode), kind, record: parseJson(record, `record ${seq}`) });
  };
  await line({ checkpoint: tree.note, format: EVIDENCE_FORMAT });
  await line({ kind: 'registry', registry: parseJson(registry.bytes, 'registry') });
  const signerRecords = await signerEvents(store, last, engine);
  for (const record of signerRecords) await recordLine('signer', record);
  const seqs: number[] = [];
  let privateValues = 0;
  for await (const record of readRecords(store, { ...filter, from: first, to: last }, engine)) {
    await recordLine('record', record);
    seqs.push(record.seq);
    if (parts.includePrivate !== true) continue;
    for (const { name, value, salt } of await store.privateValues(record.event.id)) {
      await line({ id: record.event.id, kind: 'private', name, salt: hexEncode(salt), value: parseJson(utf8Encode(value), 'value') });
      privateValues++;
    }
  }
  if (seqs.length === 0) throw new ChainError('ERR_EXTRACT_EMPTY', 'no settled record matches', { field: 'filter' });
  let manifests = 0;
  for await (const value of parts.archive === undefined ? [] : manifestLines(store, parts.archive, seqs, tree, engine)) {
    await line(value);
    manifests++;
  }
  const counts = { manifests, private: privateValues, records: seqs.length, signers: signerRecords.length };
  const payload: EvidencePayload = {
    chain: store.chain,
    counts,
    digests: { lines: digest.hex() },
    exported: { ...parts.exporter, at: parts.now, pii_included: privateValues > 0 },
    filter,
    first,
    format: EVIDENCE_FORMAT,
    last,
    registry: { digest: registry.digest, version: registry.version },
    root: hexEncode(tree.root),
    size: tree.size,
  };
  const request = {
    type: DOCUMENT_TYPES.evidence,
    purpose: 'segment',
    payload: payload as unknown as JsonObject,
    signers,
    form: 'general',
  } as const;
  await write(formatLine({ document: parseJson(await signDocument(request, engine), 'document'), kind: 'document' }, engine));
  return counts;
}

/** What the log says of its signers, in its order. */
async function signerEvents(store: ChainStore, last: number, engine: Engine): Promise<ReadRecord[]> {
  const found: ReadRecord[] = [];
  for (const type of RESERVED_TYPES.filter((name) => name.startsWith('signer.'))) {
    for await (const record of readRecords(store, { type, to: last }, engine)) found.push(record);
  }
  for (const { seq, settled } of found) if (!settled) throw tampered(`record ${seq}`, 'a settled record', 'another');
  return found.sort((a, b) => a.seq - b.seq);
}
