// Makes a chain of records as large as asked for: a plain JSONL file and a signed archive, in a folder.
import { generateKeyPairSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateRawSync, crc32 } from 'node:zlib';
import { SEGMENT_FILES, segmentKey } from '@countersign/audit-chain/archive/key';
import { signManifest } from '@countersign/audit-chain/archive/manifest';
import { SegmentBuilder, formatIndex } from '@countersign/audit-chain/archive/segment';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { formatCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { signNote } from '@countersign/proof-core/note/sign';
import { ZERO_HASH, formatLink } from '@countersign/proof-core/record/link';
import { localSigner } from '@countersign/signer-registry/node/local-signer';
import { createDevRegistry } from '@countersign/signer-registry/registry/dev';

export const CHAIN = 'bench.example.com/audit';
const START = Date.parse('2026-11-21T00:00:00.000Z');
const WORDS = 'order paid refund shipped parcel Zürich customer invoice total warehouse delayed naïve café pending review'.split(' ');

/** An event whose record has about 730 bytes. */
function eventOf(seq) {
  const id = `0193b3a4-0000-7000-8000-${String(seq).padStart(12, '0')}`;
  if (seq === 0) return { actor: 'system', id, payload: { format: 'countersign/chain@1' }, type: 'chain.created' };
  const word = (i) => WORDS[(seq * 7 + i * 13) % WORDS.length];
  return {
    actor: `user:${(seq * 2654435761) % 100_000}`,
    id,
    payload: {
      amount: (seq * 37) % 100_000,
      currency: 'CHF',
      items: [
        { price: seq % 997, sku: `sku-${seq % 4093}`, tags: [word(1), word(2)] },
        { price: 12.5, sku: `sku-${seq % 89}`, tags: [word(3)] },
      ],
      message: Array.from({ length: 14 }, (_, i) => word(i)).join(' '),
      paid: seq % 3 === 0,
      ref: null,
    },
    subject: `order:${seq}`,
    type: 'order.created',
  };
}

// Level 1: making the archive is not what is measured.
function gzipMember(bytes) {
  const body = deflateRawSync(bytes, { level: 1 });
  const member = Buffer.alloc(18 + body.length);
  member.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
  member.set(body, 10);
  member.writeUInt32LE(crc32(bytes), member.length - 8);
  member.writeUInt32LE(bytes.length, member.length - 4);
  return member;
}

/** Writes `signers.json`, `records.jsonl` and `archive/` to a folder; gives the size of the records. */
export async function makeArchive(folder, count, perSegment = 50_000) {
  const engine = defaultEngine;
  const logKey = localSigner('log', generateKeyPairSync('ed25519').privateKey);
  const rootKey = localSigner('root', generateKeyPairSync('ed25519').privateKey);
  writeFileSync(join(folder, 'signers.json'), await createDevRegistry({ chain: CHAIN, logKey, rootKey, now: START - 86_400_000 }));
  const plain = openSync(join(folder, 'records.jsonl'), 'w');
  const tree = CompactRange.empty();
  let prev = ZERO_HASH;
  let previous = ZERO_HASH;
  let bytes = 0;
  for (let first = 0; first < count; first += perSegment) {
    const size = Math.min(perSegment, count - first);
    const frontier = tree.toHex();
    const builder = new SegmentBuilder(first, gzipMember, engine);
    const firstPrev = prev;
    const leaves = new Uint8Array(size * 32);
    for (let i = 0; i < size; i++) {
      const seq = first + i;
      const time = new Date(START + seq * 10).toISOString();
      const text = `{"event":${Buffer.from(engine.canonicalize(eventOf(seq))).toString()}${formatLink({ chain: CHAIN, prev, seq, time })}\n`;
      const line = Buffer.from(`\0${text}`);
      prev = engine.leafHex(line, 1, line.length - 1);
      leaves.set(Buffer.from(prev, 'hex'), i * 32);
      builder.add(line.subarray(1));
      writeSync(plain, line, 1);
      bytes += line.length - 1;
    }
    tree.appendMany(leaves, size);
    const file = await builder.finish();
    const index = formatIndex({ chain: CHAIN, first, count: size, frontier }, file.members, engine);
    const note = await signNote(formatCheckpoint({ origin: CHAIN, size: tree.size, root: tree.root() }), [{ name: CHAIN, signer: logKey }]);
    const manifest = await signManifest(
      {
        chain: CHAIN,
        checkpoint: Buffer.from(note).toString(),
        count: size,
        digests: { file: file.fileDigest, index: engine.sha256Hex(index), records: file.recordsDigest },
        exported: {
          at: '2026-11-22T00:00:00.000Z',
          env: 'bench',
          pii_included: false,
          pii_policy_version: '1',
          service: 'bench',
          version: '0',
        },
        first,
        first_prev: firstPrev,
        format: 'countersign/segment@1',
        last: first + size - 1,
        last_hash: prev,
        previous,
        registry: { digest: ZERO_HASH, version: 1 },
        retention: { mode: 'none' },
        root: hexEncode(tree.root()),
        size: tree.size,
      },
      [logKey],
      engine,
    );
    previous = parseDocument(manifest).digest;
    const key = join(folder, 'archive', segmentKey(CHAIN, first, new Date(START + first * 10).toISOString()));
    mkdirSync(dirname(key), { recursive: true });
    writeFileSync(key + SEGMENT_FILES.records, file.file);
    writeFileSync(key + SEGMENT_FILES.index, index);
    writeFileSync(key + SEGMENT_FILES.manifest, manifest);
  }
  closeSync(plain);
  return bytes;
}
