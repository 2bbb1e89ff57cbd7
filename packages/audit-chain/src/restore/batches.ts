import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { hexDecode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseJson } from '@countersign/proof-core/json/parse';
import type { JsonObject } from '@countersign/proof-core/json/value';
import { LinkReader } from '@countersign/proof-core/record/link';
import type { Position } from '../append/plan.ts';
import type { Addition } from '../store/store.ts';
import type { ArchiveSource, Inflater } from '../verify/ports.ts';
import { wholeLines } from '../verify/records/lines.ts';
import { type SignedSegment, notRestored, requireRoot } from './manifests.ts';

/** What reading the records of a segment needs. */
export interface BatchParts {
  readonly source: ArchiveSource;
  readonly inflater: Inflater;
  readonly now: () => number;
}

const RANGE_BYTES = 1 << 20;
// About a thousand usual records: fewer cost a statement each, more leave the processor's cache (measured).
const BATCH_BYTES = 1 << 19;

/**
 * Reads the records of a segment that a chain lacks, as batches for its database.
 *
 * Every record must continue the one before it, and the last batch is not handed out before the records give the root that was signed.
 *
 * @param position where the chain stands; left as it is
 * @returns where it stands afterwards
 * @throws ChainError ERR_RESTORE_ARCHIVE; SourceError
 */
export async function* readBatches(
  parts: BatchParts,
  segment: SignedSegment,
  position: Position,
  engine: Engine,
): AsyncGenerator<Addition, Position> {
  const { files, manifest } = segment;
  const reader = new LinkReader(manifest.chain);
  const range = position.range.clone();
  const tiles = position.tiles.clone();
  let head = position.head;
  let seq = manifest.first;
  const field = `segment ${files.first}`;
  if (files.records === undefined) throw notRestored(field, 'its records', 'none');
  const inflated = parts.inflater.gunzip!(readFile(parts.source, files.records));
  for await (const { bytes, end } of wholeLines(joined(inflated), parts.inflater.allocate?.bind(parts.inflater))) {
    const first = head.size;
    const leaves: string[] = [];
    const ids: Addition['ids'][number][] = [];
    const text = utf8Decode(bytes.subarray(1, bytes[end - 1] === 10 ? end - 1 : end));
    const texts = text.split('\n');
    let line = 0;
    for (let at = 1; at < end; seq++, line++) {
      const feed = bytes.indexOf(10, at);
      const lineEnd = feed < 0 || feed > end ? end : feed;
      if (!reader.read(bytes, at, lineEnd) || reader.seq !== seq) throw notRestored(field, `record ${seq}`, 'something else');
      if (seq >= head.size) {
        if (!reader.prevIs(head.hash)) throw notRestored(`record ${seq}`, 'the hash of the record before it', 'another');
        const hash = engine.leafHex(bytes, at, lineEnd);
        ids.push(idOf(texts[line]!, bytes.subarray(at + EVENT_AT, reader.at), seq, engine));
        leaves.push(hash);
        head = { size: seq + 1, hash, time: reader.time() };
      }
      at = lineEnd + 1;
    }
    if (leaves.length === 0) continue;
    const flat = hexDecode(leaves.join(''));
    range.appendMany(flat, leaves.length, engine);
    const root = range.root(engine);
    if (head.size >= manifest.size) requireRoot(segment, head.size, root, hexDecode(manifest.root, 32));
    yield {
      first,
      count: leaves.length,
      now: parts.now(),
      records: utf8Encode(leaves.length === texts.length ? text : texts.slice(-leaves.length).join('\n')),
      waiting: [],
      ids,
      privateValues: [],
      checkpoint: { size: head.size, root, frontier: range.toBytes() },
      tiles: tiles.add(flat),
    };
  }
  requireRoot(segment, head.size, range.root(engine), hexDecode(manifest.root, 32));
  return { head, range, tiles };
}

const EVENT_AT = '{"event":'.length;
const ID = /^\{"event":\{"actor":"(?:[^"\\]|\\.)*","id":"([0-9a-f-]{36})"/;

/** The id of an event and the digest that makes two events under one id the same: without `trace` and `private`. */
function idOf(text: string, event: Uint8Array, seq: number, engine: Engine): { readonly id: string; readonly digest: string } {
  const id = ID.exec(text)?.[1];
  if (id === undefined) throw notRestored(`record ${seq}`, 'an event with an id', 'another form');
  if (!text.includes('"private":') && !text.includes('"trace":')) return { id, digest: engine.sha256Hex(event) };
  const { private: _, trace: __, ...plain } = parseJson(event, 'event') as JsonObject;
  return { id, digest: engine.sha256Hex(engine.canonicalize(plain)) };
}

async function* readFile(
  source: ArchiveSource,
  { path, size }: { readonly path: string; readonly size: number },
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += RANGE_BYTES) yield await source.read(path, at, Math.min(at + RANGE_BYTES, size));
}

/** Joins pieces to as much as a batch should have. */
async function* joined(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let open: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    open.push(chunk);
    length += chunk.length;
    if (length < BATCH_BYTES) continue;
    yield concatBytes(...open);
    open = [];
    length = 0;
  }
  if (length > 0) yield concatBytes(...open);
}
