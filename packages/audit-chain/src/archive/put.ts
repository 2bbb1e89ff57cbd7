import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { verifyDocument } from '@countersign/proof-core/document/verify';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { verifyNote } from '@countersign/proof-core/note/verify';
import type { KeyResolver, Signer } from '@countersign/proof-core/ports';
import { checkpointKeys } from '../append/keys.ts';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';
import { MemberError, readManifest } from '../verify/segment/manifest.ts';
import { type Retention, type SegmentManifest, signManifest } from './manifest.ts';
import { type GunzipMember, type SegmentFile, adoptFile } from './segment.ts';
import type { ArchiveTarget } from './target.ts';

/** The key of a manifest, and `link.time` of the last record it speaks of. */
export interface ManifestPlace {
  readonly key: string;
  readonly earliest: string;
}

/** What putting the files of a segment needs. */
export interface PutParts {
  readonly store: Pick<ChainStore, 'chain'>;
  readonly target: ArchiveTarget;
  readonly signers: readonly Signer[];
  readonly resolver: KeyResolver;
  /** Reads what another compressor has left of a segment; without it only the same bytes are adopted. */
  readonly gunzip?: GunzipMember;
  /** Now, RFC 3339 UTC with milliseconds. */
  readonly now: string;
}

/**
 * Puts the records of a segment, or adopts what is there if it holds the same records.
 *
 * @returns the file that is there now
 * @throws ChainError ERR_ARCHIVE_CONFLICT; what the target rejects with
 */
export async function putRecords(
  { target, gunzip }: PutParts,
  key: string,
  of: { readonly made: SegmentFile; readonly first: number; readonly retention: Retention },
  engine: Engine,
): Promise<SegmentFile> {
  const { made } = of;
  if (await target.put(key, made.file, of.retention)) return made;
  const there = await target.read(key);
  if (there === undefined) throw conflict(key);
  if (equalBytes(there, made.file)) return made;
  const adopted = gunzip === undefined ? undefined : adoptFile(there, made, of.first, gunzip, engine);
  if (adopted === undefined) throw conflict(key);
  // Only now is it known that these are to be kept.
  await target.put(key, there, of.retention);
  return adopted;
}

/**
 * Puts a file that can have but one content.
 *
 * @throws ChainError ERR_ARCHIVE_CONFLICT; what the target rejects with
 */
export async function putSame(target: ArchiveTarget, key: string, content: Uint8Array, retention: Retention): Promise<void> {
  if (await target.put(key, content, retention)) return;
  const there = await target.read(key);
  if (there === undefined || !equalBytes(there, content)) throw conflict(key);
}

/**
 * Signs and puts a manifest, or adopts the one that is there: signed by a trusted key, about the same records in the same files.
 *
 * @returns the digest of the payload that is there now, hex
 * @throws ChainError ERR_ARCHIVE_CONFLICT; ProofError ERR_SIGNER_OUTPUT; what signer and target reject with
 */
export async function putManifest(parts: PutParts, place: ManifestPlace, manifest: SegmentManifest, engine: Engine): Promise<string> {
  const { key } = place;
  const content = await signManifest(manifest, parts.signers, engine);
  if (await parts.target.put(key, content, manifest.retention)) return parseDocument(content, engine).digest;
  const there = await signedManifest(parts, place, engine);
  if (there === undefined || !(await saysTheSame(parts, there.manifest, manifest, engine))) throw conflict(key);
  await parts.target.put(key, there.bytes, there.retention);
  return there.digest;
}

/** A manifest in the archive under a signature that holds. */
export interface SignedManifest {
  readonly manifest: SegmentManifest;
  readonly retention: Retention;
  /** The file. */
  readonly bytes: Uint8Array;
  /** Of the payload, hex. */
  readonly digest: string;
}

/**
 * What a manifest that is there and holds says; undefined of anything else.
 *
 * It is judged as verifiers do, by when it can have been signed and not by what its key may sign now: between a crash and the repair a key may have
 * been retired.
 */
export async function signedManifest(
  { store, target, resolver, now }: PutParts,
  { key, earliest }: ManifestPlace,
  engine: Engine,
): Promise<SignedManifest | undefined> {
  const there = await target.read(key);
  if (there === undefined) return undefined;
  const type = DOCUMENT_TYPES['segment-manifest'];
  try {
    const policy = { type, purpose: 'segment', resolver, chain: store.chain, earliest, latest: now } as const;
    const { digest, value } = await verifyDocument(there, policy, engine);
    const manifest = readManifest(value);
    return { manifest, digest, retention: manifest.retention, bytes: there };
  } catch (error) {
    if (error instanceof ProofError || error instanceof MemberError) return undefined;
    throw error;
  }
}

/** Who exported it, when, with which registry and for how long may differ: another process may have been faster, or an older one killed. */
async function saysTheSame(parts: PutParts, there: SegmentManifest, ours: SegmentManifest, engine: Engine): Promise<boolean> {
  const { chain } = parts.store;
  const { exported, registry, retention, checkpoint } = ours;
  if (!equalBytes(engine.canonicalize({ ...there, exported, registry, retention, checkpoint }), engine.canonicalize(ours))) return false;
  if (there.checkpoint === checkpoint) return true;
  // The same tree may have been signed for twice, by other keys.
  const { textBytes } = await verifyNote(utf8Encode(there.checkpoint), checkpointKeys(parts.resolver, chain), engine);
  return equalBytes(textBytes, utf8Encode(checkpoint.slice(0, checkpoint.indexOf('\n\n') + 1)));
}

function conflict(key: string): ChainError {
  return new ChainError('ERR_ARCHIVE_CONFLICT', `${key} is already there with other content; nothing was overwritten`, {
    field: 'key',
    expected: 'the same content',
    actual: key,
  });
}
