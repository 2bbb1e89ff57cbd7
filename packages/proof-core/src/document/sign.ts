import { base64urlEncode } from '../bytes/base64.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { ProofError } from '../errors.ts';
import type { JsonValue } from '../json/value.ts';
import { MAX_SIGNED_BYTES, type Purpose, type Signer } from '../ports.ts';
import { DOCUMENT_MAX_SIGNATURES, isKid, readPayload } from './parse.ts';
import type { DocumentType } from './types.ts';

/** What to sign, by whom and in which form. */
export interface DocumentRequest {
  readonly type: DocumentType;
  /** What the signers are asked to sign for; `registry-root` (signed offline) may exceed 4,096 bytes. */
  readonly purpose: Purpose;
  /** An object, or its RFC 8785 bytes; integers only. */
  readonly payload: JsonValue | Uint8Array;
  /** One for the compact form, 1 to 64 for the general form, no kid twice. */
  readonly signers: readonly Signer[];
  readonly form: 'compact' | 'general';
  readonly signal?: AbortSignal;
}

/**
 * Makes a signed document (architecture §3.3) and verifies every signature before it is kept.
 *
 * @param request type, purpose and payload; 1 or more signers, exactly 1 for the compact form
 * @returns the compact JWS without a line feed, or canonical JSON and one line feed
 * @throws ProofError ERR_DOCUMENT_PAYLOAD, ERR_NOT_CANONICAL, ERR_JSON… a payload that cannot be signed; ERR_SIGN_INPUT_SIZE more than
 *   4,096 bytes to sign; ERR_SIGNER_OUTPUT a returned signature that does not verify; and what a signer rejects with
 * @throws TypeError no signer, several for the compact form, the same kid twice
 * @example await signDocument({ type: DOCUMENT_TYPES.license, purpose: 'license', payload: { sku: 'a' }, signers: [signer], form: 'compact' })
 */
export async function signDocument(request: DocumentRequest, engine: Engine = defaultEngine): Promise<Uint8Array> {
  const { type, purpose, form, signal } = request;
  const signers = [...request.signers];
  checkSigners(signers, form);
  const payload = request.payload instanceof Uint8Array ? request.payload.slice() : engine.canonicalize(request.payload);
  readPayload(payload);
  const encoded = base64urlEncode(payload);
  // All of them are checked before the first one signs: a document is signed by everyone or by nobody.
  const inputs = signers.map((signer) => {
    const header = base64urlEncode(engine.canonicalize({ alg: signer.publicKey.algorithm, kid: signer.kid, typ: type }));
    const bytes = utf8Encode(`${header}.${encoded}`);
    if (bytes.length > MAX_SIGNED_BYTES && purpose !== 'registry-root') throw tooLong(bytes.length);
    return { signer, header, bytes };
  });
  const parts: { readonly protected: string; readonly signature: string }[] = [];
  for (const { signer, header, bytes } of inputs) {
    // The signer gets bytes of its own: what is verified afterwards must be what was asked for.
    const given = { purpose, bytes: bytes.slice() };
    const signature = (await signer.sign(signal === undefined ? given : { ...given, signal })).slice();
    if (!(await engine.verify(signer.publicKey, bytes, signature))) throw badOutput(signer.kid);
    parts.push({ protected: header, signature: base64urlEncode(signature) });
  }
  const [first] = parts;
  if (form === 'compact') return utf8Encode(`${first!.protected}.${encoded}.${first!.signature}`);
  const document = engine.canonicalize({ payload: encoded, signatures: parts });
  const file = new Uint8Array(document.length + 1);
  file.set(document);
  file[document.length] = 0x0a;
  return file;
}

function checkSigners(signers: readonly Signer[], form: 'compact' | 'general'): void {
  if (form === 'compact' && signers.length !== 1) throw new TypeError('the compact form has exactly one signer');
  if (signers.length === 0 || signers.length > DOCUMENT_MAX_SIGNATURES) throw new TypeError('a document has 1 to 64 signers');
  if (!signers.every(({ kid }) => isKid(kid))) throw new TypeError('a kid is 1 to 200 printable ASCII characters');
  if (new Set(signers.map(({ kid }) => kid)).size !== signers.length) throw new TypeError('the same kid twice');
}

function tooLong(length: number): ProofError {
  const expected = `at most ${MAX_SIGNED_BYTES} bytes to sign`;
  return new ProofError('ERR_SIGN_INPUT_SIZE', `payload: expected ${expected}, got ${length}`, {
    field: 'payload',
    expected,
    actual: length,
  });
}

function badOutput(kid: string): ProofError {
  const expected = 'a signature that verifies under the signer’s own key';
  return new ProofError('ERR_SIGNER_OUTPUT', `${kid}: expected ${expected}`, { field: 'signature', expected, actual: kid });
}
