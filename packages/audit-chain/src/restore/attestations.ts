import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { parseSignatures } from '@countersign/proof-core/note/note';
import { attestationKey } from '../archive/attest.ts';
import type { Attestation } from '../store/attestation-store.ts';
import type { ChainStore } from '../store/store.ts';
import type { ArchiveFile, ArchiveSource } from '../verify/ports.ts';
import { MAX_ATTESTATION_BYTES, MAX_ATTESTATIONS } from '../verify/segment/attestations.ts';
import { readSigned } from './manifests.ts';
import { type Comparison, type RestoreParts, readable } from './restore.ts';

/** What became of the cosignatures and time stamps of an archive: how many files. */
export interface RestoredAttestations {
  readonly restored: number;
  /** The database had them. */
  readonly present: number;
  /** Not such a file after all, beyond the 64 that a verifier reads, or of another note than the database has. */
  readonly left: number;
}

/**
 * Puts the cosignatures and time stamps that lie beside an archive's manifests back beside the notes of a database.
 *
 * Nobody's word is judged here: whoever verifies the database does. What a time stamp covers are the bytes of a note, so the note must be the one
 * in the manifest.
 *
 * @param comparison of this archive; its records are in the store
 * @throws ChainError ERR_RESTORE_ARCHIVE, ERR_ARCHIVE_STORE, ERR_STORE
 * @see docs/spec/attestation.md §1
 * @example const { restored } = await restoreAttestations(comparison, parts, store);
 */
export async function restoreAttestations(
  { chain, segments, manifests }: Pick<Comparison, 'chain' | 'segments' | 'manifests'>,
  { source, resolver }: Pick<RestoreParts, 'source' | 'resolver'>,
  store: ChainStore,
  engine: Engine = defaultEngine,
): Promise<RestoredAttestations> {
  return await readable(async () => {
    const done = { restored: 0, present: 0, left: 0 };
    for (const files of segments) {
      const { attestations = [], key } = files;
      if (attestations.length === 0) continue;
      const { manifest } = await readSigned(source, files, { resolver, chain, pinned: manifests.get(files.first) }, engine);
      const isSame = (await store.note(manifest.size))?.note === manifest.checkpoint;
      const rows = isSame ? await store.attestations().of(manifest.size) : [];
      for (const [i, file] of attestations.entries()) {
        const one = isSame && i < MAX_ATTESTATIONS ? await readAttestation(source, file, key, engine) : undefined;
        if (one === undefined) done.left++;
        else if (rows.some(({ kind, content }) => kind === one.kind && equalBytes(content, one.content))) done.present++;
        else if (await store.attestations().add(manifest.size, one)) done.restored++;
        else done.left++;
      }
    }
    return done;
  });
}

/** A file that is what its name says; undefined of any other: anybody may have put it there. */
async function readAttestation(source: ArchiveSource, file: ArchiveFile, key: string, engine: Engine): Promise<Attestation | undefined> {
  const { path, size } = file;
  if (size === 0 || size > MAX_ATTESTATION_BYTES) return undefined;
  const kind = path.endsWith('.timestamp') ? 'timestamp' : 'cosignature';
  const one: Attestation = { kind, content: (await source.read(path, 0, size)).slice() };
  if (path !== attestationKey(key, one, engine)) return undefined;
  return kind === 'timestamp' || holdsLines(one.content) ? one : undefined;
}

function holdsLines(content: Uint8Array): boolean {
  try {
    return parseSignatures(content).length > 0;
  } catch (error) {
    if (error instanceof ProofError) return false;
    throw error;
  }
}
