import type { Attestation } from '../../store/attestation-store.ts';
import type { VerifyOptions } from '../context.ts';
import type { RecordSource } from '../ports.ts';

/** What outsiders said of the notes of a source. */
export interface NoteAttestations {
  /** The sizes of the notes that there is anything about. */
  readonly sizes: ReadonlySet<number>;
  /** Those of the note of a size. */
  of(size: number): Promise<readonly Attestation[]>;
}

const NONE: NoteAttestations = { sizes: new Set(), of: () => Promise.resolve([]) };

/** Finds out which notes of a source outsiders have said anything of, where the caller pins any of them. */
export async function readNoteAttestations(source: RecordSource, { policy, timestamps }: VerifyOptions): Promise<NoteAttestations> {
  const store = policy === undefined && timestamps === undefined ? undefined : source.attestations?.();
  if (store === undefined) return NONE;
  const sizes = new Set(await store.sizes());
  return { sizes, of: (size) => (sizes.has(size) ? store.of(size) : NONE.of(size)) };
}
