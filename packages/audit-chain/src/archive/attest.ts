import { parseDocument } from '@countersign/proof-core/document/parse';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { tampered } from '../append/lines.ts';
import type { Attestation } from '../store/attestation-store.ts';
import type { ChainStore } from '../store/store.ts';
import { readManifest } from '../verify/segment/manifest.ts';
import { SEGMENT_FILES, storedSegmentKey } from './key.ts';
import type { Retention } from './manifest.ts';
import type { ArchiveTarget } from './target.ts';

/**
 * The key of an attestation beside the manifest of a segment: named by its own content, so that nothing is ever overwritten and the same is never
 * there twice (docs/spec/attestation.md).
 *
 * @param key of the segment, without ending
 * @example attestationKey(key, { kind: 'timestamp', content: token }) // '…/0000000000000017.6e340b9cffb37a98.timestamp'
 */
export function attestationKey(key: string, { kind, content }: Attestation, engine: Engine = defaultEngine): string {
  return `${key}.${engine.sha256Hex(content).slice(0, 16)}.${kind}`;
}

/** A lock that ends so soon is one that has ended: the store's clock is not ours. */
const SOON_MS = 86_400_000;

/**
 * Puts what outsiders said of the checkpoints where segments end beside their manifests, each kept as long as its manifest says; where that is over,
 * as something that is sealed now. Segments whose first record has been pruned are left as they are: their key is known no more.
 *
 * @param done the keys that were put, by this call and earlier ones: whoever calls again and again hands in the same set
 * @returns how many files were new
 * @throws ChainError ERR_ARCHIVE_RETENTION, ERR_ARCHIVE_STORE and what else the target rejects with; ERR_CHAIN_TAMPERED, ERR_DISK_FULL, ERR_STORE
 * @see docs/spec/attestation.md §1
 * @example await archiveAttestations(store, folderTarget('archive'))
 */
export async function archiveAttestations(
  store: ChainStore,
  target: ArchiveTarget,
  done: Set<string> = new Set(),
  engine: Engine = defaultEngine,
): Promise<number> {
  const attestations = store.attestations();
  const sizes = new Set(await attestations.sizes());
  let added = 0;
  for (const segment of await store.segments(target.name)) {
    if (segment.manifest === undefined || !sizes.has(segment.last + 1)) continue;
    const key = await storedSegmentKey(store, segment.first);
    if (key === undefined) continue;
    const ones = (await attestations.of(segment.last + 1)).map((one) => ({ at: attestationKey(key, one, engine), ...one }));
    const missing = ones.filter(({ at }) => !done.has(at));
    if (missing.length === 0) continue;
    const kept = await retentionOf(target, key + SEGMENT_FILES.manifest, segment.manifest, await store.now(), engine);
    for (const { at, content } of missing) {
      // What nobody promised to keep for longer is not looked at again.
      if (kept !== undefined || (await target.read(at)) === undefined)
        if (await target.put(at, content, kept ?? (await target.retention()))) added++;
      done.add(at);
    }
  }
  return added;
}

/** How long a segment is kept by its manifest, the one that the database names; undefined when that is over. */
async function retentionOf(
  target: ArchiveTarget,
  key: string,
  manifest: string,
  now: number,
  engine: Engine,
): Promise<Retention | undefined> {
  const there = await target.read(key);
  if (there === undefined) return undefined;
  const { digest, value } = parseDocument(there, engine);
  if (digest !== manifest) throw tampered(key, manifest, digest);
  const { retention } = readManifest(value);
  return retention.mode === 'none' || Date.parse(retention.until) > now + SOON_MS ? retention : undefined;
}
