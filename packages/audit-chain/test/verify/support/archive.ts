import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { formatCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { signNote } from '@countersign/proof-core/note/sign';
import type { Signer } from '@countersign/proof-core/ports';
import { ZERO_HASH, formatLink, readLink } from '@countersign/proof-core/record/link';
import { SEGMENT_FILES, segmentKey } from '../../../src/archive/key.ts';
import { type SegmentManifest, signManifest } from '../../../src/archive/manifest.ts';
import { SegmentBuilder, formatIndex } from '../../../src/archive/segment.ts';
import { gzipMember } from '../../../src/node/archive/gzip.ts';
import { testSigner } from '../../support/keys.ts';

export const CHAIN = 'log.example.com/audit';
export const signer = testSigner(7, 'log-1');
const START = Date.parse('2026-11-21T03:12:00.000Z');

/** The files of an archive in memory, by path. */
export type Files = Map<string, Uint8Array>;

export function timeOf(seq: number): string {
  return new Date(START + seq * 1000).toISOString();
}

export function eventOf(seq: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const id = `0193b3a4-0000-7000-8000-${String(seq).padStart(12, '0')}`;
  if (seq === 0) return { actor: 'system', id, payload: { format: 'countersign/chain@1' }, type: 'chain.created', ...changes };
  return {
    actor: `user:${seq % 5}`,
    id,
    payload: { amount: seq * 7, text: 'Zürich ✓ "x"' },
    subject: `order:${seq}`,
    type: 'order.created',
    ...changes,
  };
}

/** Record bytes, without a line feed. */
export function recordOf(seq: number, prev: string, options: { event?: unknown; chain?: string; time?: string } = {}): Uint8Array {
  const event = defaultEngine.canonicalize(options.event ?? eventOf(seq));
  return utf8Encode(
    `{"event":${utf8Decode(event)}${formatLink({ chain: options.chain ?? CHAIN, prev, seq, time: options.time ?? timeOf(seq) })}`,
  );
}

/** A chain of records, each naming the one before. */
export function chainOf(
  count: number,
  options: { chain?: string; event?: (seq: number) => unknown; time?: (seq: number) => string } = {},
): Uint8Array[] {
  const records: Uint8Array[] = [];
  let prev = ZERO_HASH;
  for (let seq = 0; seq < count; seq++) {
    const record = recordOf(seq, prev, {
      event: options.event?.(seq),
      time: options.time?.(seq) ?? timeOf(seq),
      chain: options.chain ?? CHAIN,
    });
    records.push(record);
    prev = hexEncode(hashLeaf(record));
  }
  return records;
}

export function linesOf(records: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(records.flatMap((record) => [record, Uint8Array.of(10)]));
}

export function treeOf(records: readonly Uint8Array[]): CompactRange {
  const tree = CompactRange.empty();
  for (const record of records) tree.append(hashLeaf(record));
  return tree;
}

export async function noteOf(tree: CompactRange, signers: readonly Signer[] = [signer], origin = CHAIN): Promise<string> {
  const text = formatCheckpoint({ origin, size: tree.size, root: tree.root() });
  return utf8Decode(await signNote(text, signers.map((one) => ({ name: origin, signer: one })))); // prettier-ignore
}

/** What a test wants different from a well-made segment. */
export interface Shape {
  readonly chain?: string;
  readonly signers?: readonly Signer[];
  /** Signers of segment i, instead of `signers`. */
  readonly signersOf?: (segment: number) => readonly Signer[];
  /** Lines that are stored instead of the records of a segment; its manifest still speaks of the records. */
  readonly stored?: (records: readonly Uint8Array[], segment: number) => readonly Uint8Array[];
  readonly manifest?: (manifest: SegmentManifest, segment: number) => SegmentManifest;
  /** Makes digests and index fit `stored` (an attacker who also re-signs); default true for what is not signed, so only the index. */
  readonly resign?: boolean;
}

/** Seals records to an archive in memory; `sizes` are the record counts of its segments. */
export async function archiveOf(records: readonly Uint8Array[], sizes: readonly number[], shape: Shape = {}): Promise<Files> {
  const files: Files = new Map();
  const tree = CompactRange.empty();
  let previous = ZERO_HASH;
  let first = 0;
  for (const [i, size] of sizes.entries()) {
    const chain = shape.chain ?? CHAIN;
    const signers = shape.signersOf?.(i) ?? shape.signers ?? [signer];
    const genuine = records.slice(first, first + size);
    const stored = shape.stored?.(genuine, i) ?? genuine;
    const frontier = tree.toHex();
    for (const record of genuine) tree.append(hashLeaf(record));
    const build = async (lines: readonly Uint8Array[]) => {
      const builder = new SegmentBuilder(first, gzipMember, defaultEngine);
      for (const line of lines) builder.add(Buffer.concat([line, Uint8Array.of(10)]));
      const file = await builder.finish();
      const index = formatIndex({ chain, first, count: lines.length, frontier }, file.members, defaultEngine);
      return { file, index };
    };
    const kept = await build(stored);
    const signed = shape.resign === true ? kept : await build(genuine);
    const head = records.at(first)!;
    const link = readLink(head, 0, head.length)!;
    const manifest: SegmentManifest = {
      chain,
      checkpoint: await noteOf(tree, signers, chain),
      count: size,
      digests: { file: signed.file.fileDigest, index: defaultEngine.sha256Hex(signed.index), records: signed.file.recordsDigest },
      exported: { at: timeOf(100_000), env: 'test', pii_included: false, pii_policy_version: '1', service: 'test', version: '1.0.0' },
      first,
      first_prev: link.prev,
      format: 'countersign/segment@1',
      last: first + size - 1,
      last_hash: hexEncode(hashLeaf(genuine.at(-1)!)),
      previous,
      registry: { digest: ZERO_HASH, version: 1 },
      retention: { mode: 'none' },
      root: hexEncode(tree.root()),
      size: first + size,
    };
    const document = await signManifest(shape.manifest?.(manifest, i) ?? manifest, signers, defaultEngine);
    const key = segmentKey(chain, first, link.time);
    files.set(key + SEGMENT_FILES.records, kept.file.file);
    files.set(key + SEGMENT_FILES.index, kept.index);
    files.set(key + SEGMENT_FILES.manifest, document);
    previous = parseDocument(document).digest;
    first += size;
  }
  return files;
}
