import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { readLink } from '@countersign/proof-core/record/link';
import { tampered } from '../append/lines.ts';
import type { Attestation } from '../store/attestation-store.ts';
import type { ChainStore } from '../store/store.ts';
import { segmentKey } from './key.ts';
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

/**
 * Puts what outsiders said of the checkpoints where segments end beside their manifests. Segments whose first record has been pruned are left as
 * they are: their key is known no more.
 *
 * @returns how many files were new
 * @throws ChainError ERR_ARCHIVE_STORE, ERR_DISK_FULL, ERR_STORE
 * @example await archiveAttestations(store, folderTarget('archive'))
 */
export async function archiveAttestations(store: ChainStore, target: ArchiveTarget, engine: Engine = defaultEngine): Promise<number> {
  const attestations = store.attestations();
  const sizes = new Set(await attestations.sizes());
  let added = 0;
  const retention = await target.retention();
  for (const { first, last, manifest } of await store.segments(target.name)) {
    if (manifest === undefined || !sizes.has(last + 1)) continue;
    const record = (await store.recordsAt([first])).get(first);
    if (record === undefined) continue;
    const link = readLink(record, 0, record.length);
    if (link === undefined) throw tampered(`record ${first}`, 'a record');
    const key = segmentKey(store.chain, first, link.time);
    for (const one of await attestations.of(last + 1))
      if (await target.put(attestationKey(key, one, engine), one.content, retention)) added++;
  }
  return added;
}
