import { hexDecode, hexEncode } from '@countersign/proof-core/bytes/hex';
import { parseDocument } from '@countersign/proof-core/document/parse';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import type { JsonObject } from '@countersign/proof-core/json/value';
import { verifyConsistency } from '@countersign/proof-core/merkle/consistency';
import { tampered } from '../append/lines.ts';
import { storedConsistency } from '../append/stored-proof.ts';
import type { SignedTree } from '../extract/note.ts';
import type { ChainStore } from '../store/store.ts';
import type { ArchiveSource } from '../verify/ports.ts';
import { MemberError, readManifest } from '../verify/segment/manifest.ts';
import { readListing } from '../verify/segment/names.ts';

/**
 * The manifests of the segments that hold some records, each with the proof that the log went on from its checkpoint.
 *
 * @param seqs rising
 * @yields lines of a pack; records that no segment of the archive holds have none
 * @throws ChainError ERR_CHAIN_TAMPERED when a manifest is not of this log; SourceError
 */
export async function* manifestLines(
  store: ChainStore,
  source: ArchiveSource,
  seqs: readonly number[],
  tree: SignedTree,
  engine: Engine,
): AsyncGenerator<JsonObject> {
  const segments = readListing(await source.list()).segments.filter(({ chain }) => chain === store.chain);
  for (const [i, { first, manifest: file }] of segments.entries()) {
    const end = segments[i + 1]?.first ?? tree.size;
    if (file === undefined || !seqs.some((seq) => seq >= first && seq < end)) continue;
    const bytes = await source.read(file.path, 0, file.size);
    try {
      const manifest = readManifest(parseDocument(bytes, engine).value);
      if (manifest.chain !== store.chain || !seqs.some((seq) => seq >= manifest.first && seq <= manifest.last)) continue;
      const hashes = await storedConsistency(store, manifest.size, tree.size, engine);
      verifyConsistency(manifest.size, hexDecode(manifest.root, 32), tree.size, tree.root, hashes, engine);
      yield { hashes: hashes.map(hexEncode), kind: 'manifest', manifest: parseJson(bytes, 'manifest') };
    } catch (error) {
      if (!(error instanceof ProofError || error instanceof MemberError)) throw error;
      throw tampered(`manifest of segment ${first}`, 'one of this log', error instanceof ProofError ? error.code : error.field);
    }
  }
}
