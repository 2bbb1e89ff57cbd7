// One key for checkpoints and segments, and a resolver that trusts it.
import { createPrivateKey } from 'node:crypto';
import { localSigner } from '@countersign/signer-registry/node/local-signer';

/** @param {string} pem a private Ed25519 key */
export function importPrivateKey(pem) {
  const signer = localSigner('log', createPrivateKey(pem));
  const entry = { kid: signer.kid, key: signer.publicKey, operator: 'bench' };
  const resolver = { entries: () => [entry], resolve: () => ({ trusted: true, entry }) };
  return { signer, resolver };
}
