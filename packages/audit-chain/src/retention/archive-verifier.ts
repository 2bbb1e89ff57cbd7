import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { verifyNote } from '@countersign/proof-core/note/verify';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { checkpointKeys } from '../append/keys.ts';
import { tampered } from '../append/lines.ts';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';
import { inspectArchive } from '../verify/archive/inspect.ts';
import type { Pin } from '../verify/context.ts';
import type { ArchiveFile, ArchiveSource, Inflater } from '../verify/ports.ts';
import type { VerifySegment } from './prune.ts';

/**
 * Makes the proof that pruning asks for: a segment in an archive is read from where it lies and verified in full, byte form included, with trusted
 * signatures, and its records must give the root that this chain's own note has at the segment's end.
 *
 * @param source the archive as a reader sees it, never as its writer remembers it; it is listed once, so a verifier is for one run of pruning
 * @returns a function that rejects with ChainError ERR_PRUNE_ARCHIVE, ERR_ARCHIVE_STORE when it cannot be read, ERR_CHAIN_TAMPERED, ERR_STORE; ProofError ERR_NOTE_…
 * @example const verifySegment = archiveVerifier(store, folderSource('archive'), { resolver, inflater: nodeInflater });
 */
export function archiveVerifier(
  store: ChainStore,
  source: ArchiveSource,
  trust: { readonly resolver: KeyResolver; readonly inflater: Inflater },
  engine: Engine = defaultEngine,
): VerifySegment {
  // One listing for all segments: an archive of years has many files.
  let files: Promise<readonly ArchiveFile[]> | undefined;
  const listed: ArchiveSource = {
    kind: source.kind,
    list: () => (files ??= source.list()),
    read: source.read.bind(source),
    ...(source.lock === undefined ? {} : { lock: source.lock.bind(source) }),
  };
  return async (first, last) => {
    const previous = await signedPin(store, trust.resolver, last + 1, engine);
    const options = { ...trust, chain: store.chain, from: first, to: last, previous, maxFindings: 10 };
    const { exitCode, axes, range, summary, findings } = await inspectArchive(listed, options, engine);
    const whole = range.verified !== undefined && range.verified.from <= first && range.verified.to >= last;
    if (exitCode === 0 && axes.signerTrust === 'pass' && axes.completeness === 'pinned' && whole) return;
    throw new ChainError(
      exitCode === 14 ? 'ERR_ARCHIVE_STORE' : 'ERR_PRUNE_ARCHIVE',
      `records ${first} to ${last}: the archive was not verified: ${summary}`,
      {
        field: `records ${first} to ${last}`,
        expected: `root ${previous.root}`,
        actual: findings[0]?.code ?? axes.completeness,
      },
    );
  };
}

/** The chain's own note at the end of a segment, verified: what the archive must have. */
async function signedPin(store: ChainStore, resolver: KeyResolver, size: number, engine: Engine): Promise<Pin> {
  const stored = await store.note(size);
  if (stored?.size !== size) throw tampered(`note ${size}`, 'the one where the segment ends', `${stored?.size ?? 'none'}`);
  const note = utf8Encode(stored.note);
  const checkpoint = parseCheckpoint((await verifyNote(note, checkpointKeys(resolver, store.chain), engine)).textBytes);
  if (checkpoint.origin !== store.chain || checkpoint.size !== size)
    throw tampered(`note ${size}`, `${store.chain}, size ${size}`, `${checkpoint.origin}, size ${checkpoint.size}`);
  return { chain: store.chain, size, root: hexEncode(checkpoint.root), note };
}
