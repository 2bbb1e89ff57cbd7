import { parseDocument } from '@countersign/proof-core/document/parse';
import { signDocument } from '@countersign/proof-core/document/sign';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { base64urlEncode } from '@countersign/proof-core/bytes/base64';
import { concatBytes } from '@countersign/proof-core/bytes/compare';
import type { Signer } from '@countersign/proof-core/ports';
import { unexpected } from '../errors.ts';
import { formatRegistryPayload } from './make.ts';
import { parseRegistryPayload } from './parse-payload.ts';
import type { Registry } from './registry.ts';
import type { RegistryMembers } from './types.ts';

function signPayload(payload: Uint8Array, signers: readonly Signer[], engine: Engine): Promise<Uint8Array> {
  return signDocument({ type: DOCUMENT_TYPES.signers, purpose: 'registry-root', payload, signers, form: 'general' }, engine);
}

/**
 * Signs a registry payload with one or more roots (general JSON form, media type `application/vnd.countersign.signers+jws`). The payload is
 * judged first: nothing that `parseRegistry` would refuse is signed. Roots that sign elsewhere are added with `addSignatures`.
 *
 * @param signers roots of this version or of the one before
 * @param known the version before, whose keys need not be judged again
 * @returns the registry document, UTF-8
 * @throws RegistryError ERR_REGISTRY_* for a payload that breaks a rule; what a signer rejects with
 * @example await writeFile('signers.json', await signRegistry(createRegistry(…), [root]));
 */
export async function signRegistry(
  members: RegistryMembers,
  signers: readonly Signer[],
  known?: Registry,
  engine: Engine = defaultEngine,
): Promise<Uint8Array> {
  const payload = formatRegistryPayload(members);
  parseRegistryPayload(payload, known, engine);
  return signPayload(payload, signers, engine);
}

/**
 * Adds root signatures to a registry document: where k of n roots sign, each holder adds his own to what the one before handed over.
 *
 * @param bytes a registry document, whoever has signed it so far, or the bare payload that nobody has signed
 * @param signers roots that have not signed it
 * @returns the document with its signatures in their old order, then the new ones
 * @throws RegistryError ERR_REGISTRY_* for a payload that breaks a rule, ERR_REGISTRY_SIGNED_ALREADY; ProofError for a malformed document; what
 *   a signer rejects with
 * @example await writeFile('signers.next.json', await addSignatures(await readFile('signers.next.json'), [root2]));
 */
export async function addSignatures(
  bytes: Uint8Array,
  signers: readonly Signer[],
  known?: Registry,
  engine: Engine = defaultEngine,
): Promise<Uint8Array> {
  const own = bytes.slice();
  if (isPayload(own)) {
    parseRegistryPayload(own, known, engine);
    return signPayload(own, signers, engine);
  }
  const before = parseDocument(own, engine);
  if (before.type !== DOCUMENT_TYPES.signers) throw unexpected('ERR_REGISTRY_FORMAT', 'typ', DOCUMENT_TYPES.signers, before.type);
  parseRegistryPayload(before.payload, known, engine);
  const kids = new Set(before.signatures.map(({ header }) => header.kid));
  const again = signers.find(({ kid }) => kids.has(kid));
  if (again !== undefined) throw unexpected('ERR_REGISTRY_SIGNED_ALREADY', 'signatures', 'a root that has not signed yet', again.kid);
  const added = parseDocument(await signPayload(before.payload, signers, engine), engine);
  const signatures = [...before.signatures, ...added.signatures].map(({ jws }) => ({ protected: jws.protected, signature: jws.signature }));
  return concatBytes(engine.canonicalize({ payload: base64urlEncode(before.payload), signatures }), Uint8Array.of(0x0a));
}

/** A payload begins with its first member in canonical order, `expires`; a document with `payload`. */
function isPayload(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b && bytes[1] === 0x22 && bytes[2] === 0x65;
}
