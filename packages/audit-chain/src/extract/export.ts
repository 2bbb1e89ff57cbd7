import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { KeyResolver, Signer } from '@countersign/proof-core/ports';
import { ZERO_HASH, readLink } from '@countersign/proof-core/record/link';
import { requireRegistered } from '../append/keys.ts';
import { tampered } from '../append/lines.ts';
import { storedRange } from '../append/stored-proof.ts';
import type { ExportInfo } from '../archive/manifest.ts';
import type { GzipMember } from '../archive/segment.ts';
import type { ChainStore } from '../store/store.ts';
import { type ExtractPayload, formatExtract } from './document.ts';
import { type PassedLines, gzipLines, passRecords } from './lines.ts';
import { type SignedTree, signedTree } from './note.ts';
import { type RequestedRecords, requestedRecords } from './range.ts';

/** What exporting needs. */
export interface ExportParts extends RequestedRecords {
  readonly store: ChainStore;
  /** Sign the extract; registered for `segment`. */
  readonly signers: readonly Signer[];
  readonly resolver: KeyResolver;
  /** The registry that verifiers will use: its version and its digest, hex. */
  readonly registry: { readonly digest: string; readonly version: number };
  readonly exporter: Omit<ExportInfo, 'at' | 'pii_included'>;
  readonly gzip: GzipMember;
  /** Now, RFC 3339 UTC with milliseconds. */
  readonly now: string;
}

/** What was exported, and the document that goes with it. */
export interface Extract {
  readonly first: number;
  readonly last: number;
  /** The `.extract.json` file. */
  readonly document: Uint8Array;
}

/**
 * Exports a range of settled records with the signed proof that they are in the log without a gap (docs/spec/extract.md).
 *
 * What the records contradict is not exported: they and the tiles must give the root of the newest note. Memory is that of one gzip member.
 *
 * @param write gets the `.jsonl.gz` file, piece by piece; what was written before an error is worth nothing
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_EXTRACT_EMPTY, ERR_RECORD_PRUNED, ERR_SEQ_UNKNOWN, ERR_SIGNER_WRONG, ERR_STORE; ProofError ERR_NOTE_…,
 *   ERR_SIGNER_OUTPUT, ERR_SIGN_INPUT_SIZE
 * @example const { document } = await exportRecords({ …, from: 100, to: 199 }, (bytes) => file.write(bytes));
 */
export async function exportRecords(
  parts: ExportParts,
  write: (bytes: Uint8Array) => Promise<unknown>,
  engine: Engine = defaultEngine,
): Promise<Extract> {
  const { store, signers, resolver, from, to } = parts;
  for (const signer of signers) requireRegistered(signer, resolver, 'segment', store.chain, parts.now);
  const signed = await signedTree(store, resolver, engine);
  const { first, last } = await requestedRecords(
    store,
    { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) },
    signed.size,
  );
  const before = await storedRange(store, 0, first, engine);
  const after = await storedRange(store, last + 1, signed.size, engine);
  const tree = before.clone();
  const passing = passRecords(store.records(first, last + 1), { chain: store.chain, first }, tree, engine);
  const outcome: { firstPrev: string | undefined; passed?: PassedLines } = { firstPrev: undefined };
  const lines = (async function* () {
    for (;;) {
      const { done, value } = await passing.next();
      if (done === true) return void (outcome.passed = value);
      outcome.firstPrev ??= prevOf(value);
      yield value;
    }
  })();
  for await (const member of gzipLines(lines, parts.gzip)) await write(member);
  const { digest, hash } = outcome.passed!;
  if (first === 0 && outcome.firstPrev !== ZERO_HASH) throw tampered('record 0', 'no predecessor', outcome.firstPrev);
  requireRoot(tree, after, last, signed, engine);
  const payload: ExtractPayload = {
    chain: store.chain,
    count: last - first + 1,
    digests: { records: digest },
    exported: { ...parts.exporter, at: parts.now, pii_included: false },
    first,
    first_prev: outcome.firstPrev!,
    format: 'countersign/extract@1',
    last,
    last_hash: hash,
    registry: parts.registry,
    requested: { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) },
    root: hexEncode(signed.root),
    size: signed.size,
  };
  const proof = { before: before.toHex(), after: after.toHex(), checkpoint: signed.note };
  return { first, last, document: await formatExtract(payload, proof, signers, engine) };
}

function prevOf(lines: Uint8Array): string | undefined {
  return readLink(lines, 0, lines.indexOf(10))?.prev;
}

function requireRoot(
  tree: Awaited<ReturnType<typeof storedRange>>,
  after: Awaited<ReturnType<typeof storedRange>>,
  last: number,
  signed: SignedTree,
  engine: Engine,
): void {
  if (tree.size !== last + 1) throw tampered(`record ${tree.size}`, 'a record', 'none');
  tree.merge(after, engine);
  const root = tree.root(engine);
  if (!equalBytes(root, signed.root)) throw tampered(`root of size ${signed.size}`, hexEncode(signed.root), hexEncode(root));
}
