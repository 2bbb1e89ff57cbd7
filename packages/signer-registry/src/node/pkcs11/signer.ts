import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import type { KeyEntry, SignRequest, Signer } from '@countersign/proof-core/ports';
import { unexpected } from '../../errors.ts';
import { checkSignRequest } from '../../signer/request.ts';
import { turns } from '../turns.ts';
import { pkcs11Error } from './error.ts';
import { CK, type Pkcs11Like, type Pkcs11Mechanism } from './types.ts';

/** Where the keys are. */
export interface TokenOptions {
  /** Path of the vendor's library, e.g. `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly library: string;
  /** Label of the token. */
  readonly token: string;
  /** PIN of the user. */
  readonly pin: string;
}

/** An open token. */
export interface Token {
  /** The signer of the private key with this label; there must be exactly one that may sign. */
  signer(label: string, entry: KeyEntry): Signer;
  close(): void;
}

/** Long enough for RSA of 8,192 bits. */
const MOST_BYTES = 1024;

/** Type of the parameters of RSA-PSS in pkcs11js (`CK_PARAMS_RSA_PSS`). */
const PARAMS_RSA_PSS = 5;

const PSS: Pkcs11Mechanism = {
  mechanism: CK.CKM_SHA256_RSA_PKCS_PSS,
  parameter: { type: PARAMS_RSA_PSS, hashAlg: CK.CKM_SHA256, mgf: CK.CKG_MGF1_SHA256, saltLen: 32 },
};

/** Mechanism and input for each algorithm. ECDSA is given a digest and answers r ‖ s, which is what JOSE wants. */
function operation(algorithm: SignatureAlgorithm, bytes: Uint8Array): readonly [Pkcs11Mechanism, Buffer] {
  const digest = (name: string): Buffer => createHash(name).update(bytes).digest();
  switch (algorithm) {
    case 'Ed25519':
      return [{ mechanism: CK.CKM_EDDSA }, Buffer.from(bytes)];
    case 'ES256':
      return [{ mechanism: CK.CKM_ECDSA }, digest('sha256')];
    case 'ES384':
      return [{ mechanism: CK.CKM_ECDSA }, digest('sha384')];
    case 'RS256':
      return [{ mechanism: CK.CKM_SHA256_RSA_PKCS }, Buffer.from(bytes)];
    case 'PS256':
      return [PSS, Buffer.from(bytes)];
    default:
      throw new TypeError(`PKCS #11: ${algorithm} is not supported`);
  }
}

function findKey(module: Pkcs11Like, session: Buffer, label: string): Buffer {
  module.C_FindObjectsInit(session, [
    { type: CK.CKA_CLASS, value: CK.CKO_PRIVATE_KEY },
    { type: CK.CKA_LABEL, value: label },
    { type: CK.CKA_SIGN, value: true },
  ]);
  try {
    const found = module.C_FindObjects(session, 2);
    if (found.length !== 1) throw unexpected('ERR_BACKEND_KEY', label, 'one private key that may sign', found.length);
    return found[0]!;
  } finally {
    module.C_FindObjectsFinal(session);
  }
}

function findSlot(module: Pkcs11Like, token: string): Buffer {
  // Labels are padded with blanks to 32 bytes.
  const slots = module.C_GetSlotList(true).filter((slot) => module.C_GetTokenInfo(slot).label.trim() === token);
  if (slots.length !== 1) throw unexpected('ERR_BACKEND_KEY', 'token', `one token ${token}`, slots.length);
  return slots[0]!;
}

/**
 * Opens a PKCS #11 token: an HSM, a smart card, SoftHSM.
 *
 * @param module a binding that you bring: `new PKCS11()` of `pkcs11js`
 * @throws RegistryError ERR_BACKEND_KEY no such token, ERR_BACKEND_DENIED wrong PIN (it is not tried again), ERR_BACKEND_UNAVAILABLE
 * @example const token = openToken(new PKCS11(), { library, token: 'countersign', pin });
 */
export function openToken(module: Pkcs11Like, { library, token, pin }: TokenOptions): Token {
  let session: Buffer;
  let finalize = (): void => {};
  try {
    module.load(library);
    module.C_Initialize();
    finalize = () => module.C_Finalize();
    session = module.C_OpenSession(findSlot(module, token), CK.CKF_SERIAL_SESSION);
    module.C_Login(session, CK.CKU_USER, pin);
  } catch (cause) {
    finalize();
    throw pkcs11Error(`token ${token}`, cause);
  }
  // A session does one signature at a time.
  const oneByOne = turns();

  return {
    signer(label: string, entry: KeyEntry): Signer {
      operation(entry.algorithm, new Uint8Array(0));
      let key: Buffer;
      try {
        key = findKey(module, session, label);
      } catch (cause) {
        throw pkcs11Error(label, cause);
      }
      return Object.freeze({
        kid: entry.kid,
        publicKey: entry.key,
        async sign(request: SignRequest): Promise<Uint8Array> {
          checkSignRequest(request);
          const [mechanism, data] = operation(entry.algorithm, request.bytes);
          return oneByOne('session', async () => {
            request.signal?.throwIfAborted();
            try {
              module.C_SignInit(session, mechanism, key);
              return new Uint8Array(await module.C_SignAsync(session, data, Buffer.alloc(MOST_BYTES)));
            } catch (cause) {
              throw pkcs11Error(entry.kid, cause);
            }
          });
        },
      });
    },
    close(): void {
      module.C_Logout(session);
      module.C_CloseSession(session);
      module.C_Finalize();
    },
  };
}
