import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import type { KeyEntry, Purpose, Signer } from '@countersign/proof-core/ports';
import { unexpected } from '../errors.ts';
import { formatStatement, newNonce } from './statement.ts';

/**
 * Proves that a signer holds the key that the registry has under its kid: signs a fresh probe and verifies it against the registry's entry.
 * Every backend is proven so before it is used.
 *
 * @param entry the registry's, never the signer's own word
 * @param purpose what to ask for; the entry's first when absent
 * @throws RegistryError ERR_BACKEND_KEY another kid or key; ProofError ERR_SIGNER_OUTPUT a signature that does not verify; what the signer
 *   rejects with
 * @example await probeSigner(signer, registry.signer(signer.kid)!);
 */
export async function probeSigner(
  signer: Signer,
  entry: KeyEntry,
  options: { readonly purpose?: Purpose; readonly signal?: AbortSignal } = {},
  engine: Engine = defaultEngine,
): Promise<void> {
  if (signer.kid !== entry.kid) throw unexpected('ERR_BACKEND_KEY', 'kid', entry.kid, signer.kid);
  if (signer.publicKey.thumbprint !== entry.key.thumbprint || signer.publicKey.algorithm !== entry.algorithm) {
    throw unexpected(
      'ERR_BACKEND_KEY',
      entry.kid,
      `${entry.algorithm} ${entry.key.thumbprint}`,
      `${signer.publicKey.algorithm} ${signer.publicKey.thumbprint}`,
    );
  }
  const bytes = formatStatement({ type: 'probe', kid: entry.kid, nonce: newNonce() });
  const purpose = options.purpose ?? entry.purposes[0]!;
  const { signal } = options;
  const signature = await signer.sign({ purpose, bytes: bytes.slice(), ...(signal === undefined ? {} : { signal }) });
  if (!(await engine.verify(entry.key, bytes, signature))) throw wrongSignature(entry.kid);
}

/** The error for a signature that does not verify under the registered key. */
export function wrongSignature(kid: string): ProofError {
  const expected = 'a signature that verifies under the registered key';
  return new ProofError('ERR_SIGNER_OUTPUT', `${kid}: expected ${expected}, got another`, { field: 'signature', expected, actual: kid });
}
