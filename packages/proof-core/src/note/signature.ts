import type { Engine } from '../engine/engine.ts';
import { ProofError } from '../errors.ts';
import { joseSignature } from '../key/der.ts';
import { readStamped, subtreeMessage } from './cosigned-message.ts';
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
    case NOTE_TYPE.subtree: {
      const signed = fromStamped(key, textBytes, signature);
      return signed !== undefined && engine.verify(key.publicKey, signed.message, signed.signature);
    }
    default:
      return false;
  }
}

/** A log's line of type 0x06 does not cover extension lines: a text that has some is not what it signed. */
function fromStamped(key: NoteKey, textBytes: Uint8Array, stamped: Uint8Array): { message: Uint8Array; signature: Uint8Array } | undefined {
  return orUndefined(() => {
    const { time, signature } = readStamped(stamped, key.type, 'signature');
    return { message: subtreeMessage(textBytes, key.name, time, false), signature };
  });
}

/** Type 0x02 is DER on the wire; anything but its one strict form is an invalid signature. */
function fromDer(der: Uint8Array): Uint8Array | undefined {
  return orUndefined(() => joseSignature(der, 32));
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}
