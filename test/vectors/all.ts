import { jsonCanonicalize, jsonCheck } from './json.ts';
import { ed25519Signatures, keys, vkeys } from './key.ts';
import { merkleConsistency, merkleInclusion, merkleRoot } from './merkle.ts';
import { mlDsaCosignatures } from './ml-dsa.ts';
import { checkpoints, cosignatures, notes } from './note.ts';
import { records } from './record.ts';
import { segmentIndexes, segmentManifests } from './segment.ts';
import { signedDocuments } from './signed-document.ts';
import { receipts, tlogProofs } from './tlog-proof.ts';
import type { VectorFile } from './vector.ts';

export { formatVectors } from './vector.ts';

/** Every file of vectors. */
export const FILES: readonly VectorFile[] = [
  jsonCheck,
  jsonCanonicalize,
  records,
  merkleRoot,
  merkleInclusion,
  merkleConsistency,
  notes,
  checkpoints,
  cosignatures,
  mlDsaCosignatures,
  tlogProofs,
  receipts,
  signedDocuments,
  keys,
  vkeys,
  ed25519Signatures,
  segmentIndexes,
  segmentManifests,
];
