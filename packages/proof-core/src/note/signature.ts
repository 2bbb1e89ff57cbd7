import type { Engine } from '../engine/engine.ts';
import { ProofError } from '../errors.ts';
import { joseSignature } from '../key/der.ts';
import { NOTE_TYPE, type NoteKey } from './key-form.ts';

/**
 * Tells whether a log's key made this signature over the text; a cosignature is another thing (`verifyCosignatures`).
 *
 * A new signature type is one more case here and in `splitKeyBytes`.
 *
 * @internal
 */
export function verifyTextSignature(
  key: NoteKey,
  textBytes: Uint8Array,
  signature: Uint8Array,
  engine: Engine,
): boolean | Promise<boolean> {
  switch (key.type) {
    case NOTE_TYPE.ed25519:
    case NOTE_TYPE.rsa:
      return engine.verify(key.publicKey, textBytes, signature);
    case NOTE_TYPE.ecdsa: {
      const raw = fromDer(signature);
      return raw !== undefined && engine.verify(key.publicKey, textBytes, raw);
    }
    default:
      return false;
  }
}

/** Type 0x02 is DER on the wire; anything but its one strict form is an invalid signature. */
function fromDer(der: Uint8Array): Uint8Array | undefined {
  try {
    return joseSignature(der, 32);
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}
