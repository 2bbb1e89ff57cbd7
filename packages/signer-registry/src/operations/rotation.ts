import { base64Decode, base64Encode } from '@countersign/proof-core/bytes/base64';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { AuditEvent, KeyEntry, Signer } from '@countersign/proof-core/ports';
import { unexpected } from '../errors.ts';
import type { Registry } from '../registry/registry.ts';
import { wrongSignature } from '../signer/probe.ts';
import { formatStatement } from '../signer/statement.ts';
import { requireSigner } from './change.ts';

/** Payload of `signer.rotated` (`docs/spec/signers.md` §11). */
export interface RotationPayload {
  readonly from: string;
  readonly to: string;
  /** The version that has both keys. */
  readonly registry: { readonly digest: string; readonly version: number };
  /** Base64 signatures of the rotation statement. */
  readonly signatures: { readonly from: string; readonly to: string };
}

async function signStatement(signer: Signer, entry: KeyEntry, bytes: Uint8Array, engine: Engine): Promise<string> {
  const signature = await signer.sign({ purpose: entry.purposes[0]!, bytes: bytes.slice() });
  if (!(await engine.verify(entry.key, bytes, signature))) throw wrongSignature(entry.kid);
  return base64Encode(signature);
}

/**
 * Has the old and the new key say that one follows the other: the event that goes into every chain while both sign, so that neither key alone
 * can claim it.
 *
 * @param registry the version that has both keys
 * @returns the event `signer.rotated`
 * @throws RegistryError ERR_OPERATION_KID; ProofError ERR_SIGNER_OUTPUT; what a signer rejects with
 * @example await sink.append(await signRotation({ from: oldSigner, to: newSigner, registry, actor: 'security:alice' }));
 */
export async function signRotation(
  rotation: { readonly from: Signer; readonly to: Signer; readonly registry: Registry; readonly actor: string },
  engine: Engine = defaultEngine,
): Promise<AuditEvent> {
  const { from, to, registry, actor } = rotation;
  const [before, after] = [requireSigner(registry, from.kid), requireSigner(registry, to.kid)];
  const bytes = formatStatement({ type: 'rotation', from: from.kid, to: to.kid, registry: registry.digest });
  const payload: RotationPayload = {
    from: from.kid,
    to: to.kid,
    registry: { digest: registry.digest, version: registry.version },
    signatures: { from: await signStatement(from, before, bytes, engine), to: await signStatement(to, after, bytes, engine) },
  };
  return { type: 'signer.rotated', actor, subject: to.kid, payload };
}

/**
 * Checks both signatures of a `signer.rotated` event.
 *
 * @param registry any version that has both keys
 * @throws RegistryError ERR_OPERATION_KID; ProofError ERR_BASE64, ERR_SIGNER_OUTPUT
 * @example await verifyRotation(event.payload, registry)
 */
export async function verifyRotation(payload: RotationPayload, registry: Registry, engine: Engine = defaultEngine): Promise<void> {
  const { from, to, registry: version, signatures } = payload;
  if (from === to) throw unexpected('ERR_OPERATION_KID', 'to', 'another key', to);
  const bytes = formatStatement({ type: 'rotation', from, to, registry: version.digest });
  for (const [kid, text] of [
    [from, signatures.from],
    [to, signatures.to],
  ] as const) {
    if (!(await engine.verify(requireSigner(registry, kid).key, bytes, base64Decode(text, 'signature')))) throw wrongSignature(kid);
  }
}
