import { gunzipSync } from 'node:zlib';
import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { readPayload } from '@countersign/proof-core/document/parse';
import { ProofError } from '@countersign/proof-core/errors';
import { checkCanonical } from '@countersign/proof-core/json/check';
import { ChainError } from '../../src/errors.ts';
import { gzipMember } from '../../src/node/archive/gzip.ts';
import { parseLine } from '../../src/node/import/import.ts';
import { nodeInflater } from '../../src/node/verify/inflater.ts';
import { prepareEvent } from '../../src/record/event.ts';
import { isReservedType } from '../../src/record/types.ts';
import { readIndex, tilingFault } from '../../src/verify/segment/index-file.ts';
import { MemberError, readManifest } from '../../src/verify/segment/manifest.ts';
import { readMember } from '../../src/verify/segment/member.ts';
import { segmentIndexes, segmentManifests } from '../../../../test/vectors/segment.ts';
import type { VectorFile } from '../../../../test/vectors/vector.ts';

/** Only coded errors may leave a parser. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ProofError || error instanceof ChainError || error instanceof MemberError) return undefined;
    throw error;
  }
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

const goodOf = ({ vectors }: VectorFile): Uint8Array[] =>
  vectors.filter(({ error }) => error === undefined).map(({ input }) => utf8Encode(input['text'] as string));
const CHAIN = 'example.com/audit';
const events = [
  '{"actor":"user:7f3a","id":"01900000-0000-7000-8000-000000000000","payload":{"amount":19.99,"list":[1,null,"é"]},"type":"order.created"}',
  '{"actor":"a","occurred_at":"2026-11-21T03:12:00.123Z","private":{"email":"a@example.com"},"subject":"order:1","trace":"t","type":"a.b"}',
].map((line) => utf8Encode(line));
const lines = utf8Encode('{"seq":1}\n{"seq":2}\n{"seq":3,"text":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}\n');

/** What a target must hold for any bytes whatever. */
export const targets: readonly { name: string; seeds: readonly Uint8Array[]; run: (bytes: Uint8Array) => void | Promise<void> }[] = [
  {
    name: 'segment/index',
    seeds: goodOf(segmentIndexes),
    run(bytes) {
      const index = attempt(() => readIndex(bytes));
      if (index === undefined) return;
      const size = index.members.reduce((sum, member) => sum + member.size, 0);
      if (tilingFault(index, size) !== undefined) return;
      const records = index.members.reduce((sum, { count }) => sum + count, 0);
      check(records === index.count && index.members[0]!.first === index.first, 'members that tile other records');
      check(Number.isSafeInteger(index.first + index.count), 'records beyond 2^53');
    },
  },
  {
    name: 'segment/manifest',
    seeds: goodOf(segmentManifests),
    run(bytes) {
      const manifest = attempt(() => readManifest(readPayload(bytes)));
      if (manifest !== undefined) check(manifest.size === manifest.first + manifest.count, 'a size that the records do not give');
    },
  },
  {
    name: 'segment/gzip-member',
    seeds: [gzipMember(lines), gzipMember(utf8Encode('\n')), gzipMember(utf8Encode(`${'x'.repeat(5000)}\n`))],
    async run(bytes) {
      // What an index would say of it: the length in its trailer, or the right one of a seed.
      const told = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
      const read = await readMember(bytes, new Uint8Array(1 + (told <= 65_536 ? told : lines.length)), nodeInflater);
      if (read.status === 'read' && read.form === undefined) {
        check(equalBytes(gunzipSync(bytes), read.bytes.subarray(1)), 'another reader of gzip reads something else');
      }
    },
  },
  {
    name: 'import/line',
    seeds: events,
    run(bytes) {
      const prepared = attempt(() => prepareEvent(parseLine({ number: 1, bytes }), { chain: CHAIN, now: 0 }));
      if (prepared === undefined) return;
      checkCanonical(prepared.bytes);
      const { type } = JSON.parse(new TextDecoder().decode(prepared.bytes)) as { type: string };
      check(prepared.bytes.length <= 65_000 && !isReservedType(type), 'an event that append would refuse');
    },
  },
];
