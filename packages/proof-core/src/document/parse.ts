import { base64urlDecode } from '../bytes/base64.ts';
import { utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { ProofError, refuse } from '../errors.ts';
import { parseCanonical } from '../json/parse.ts';
import { type JsonObject, type JsonValue, isJsonObject } from '../json/value.ts';
import { isAlgorithm } from '../key/algorithms.ts';
import type { SignatureAlgorithm } from '../key/public-key.ts';
import { type DocumentType, isDocumentType } from './types.ts';

/** The most bytes a signed document may have: 16 MiB. */
export const DOCUMENT_MAX_BYTES = 16_777_216;
/** The most signatures a signed document may carry. */
export const DOCUMENT_MAX_SIGNATURES = 64;

/** The protected header of one signature: exactly these members. */
export interface DocumentHeader {
  readonly alg: SignatureAlgorithm;
  /** 1 to 200 printable ASCII characters without spaces. */
  readonly kid: string;
  readonly typ: DocumentType;
}

/** One signature of a document, taken apart; nothing is verified. */
export interface DocumentSignature {
  readonly header: DocumentHeader;
  readonly signature: Uint8Array;
  /** What is signed: base64url(header) `.` base64url(payload), ASCII (RFC 7515 §5.1); made anew each time it is asked for. */
  readonly signingInput: Uint8Array;
  /** The same as flattened JWS members (RFC 7515 §7.2.2). */
  readonly jws: { readonly protected: string; readonly payload: string; readonly signature: string };
}

/** A signed document taken apart; nothing is verified. */
export interface ParsedDocument {
  readonly form: 'compact' | 'general';
  /** The type that every signature names. */
  readonly type: DocumentType;
  /** RFC 8785 bytes. */
  readonly payload: Uint8Array;
  /** The payload read as JSON; every number is an integer. */
  readonly value: JsonObject;
  /** SHA-256 of the payload, 64 lower-case hex characters: what other documents name this one by. */
  readonly digest: string;
  /** One or more, no kid twice. */
  readonly signatures: readonly DocumentSignature[];
}

/** Tells whether an object has exactly these members; canonical order makes the comparison one of text. */
function hasExactly(value: JsonValue | undefined, members: string): value is JsonObject {
  return isJsonObject(value) && Object.keys(value).join() === members;
}

/**
 * Reads a document's payload: canonical, an object, and integers only, because a fraction may come out differently elsewhere.
 *
 * @param payload the decoded payload, as UTF-8
 * @throws ProofError ERR_NOT_CANONICAL; ERR_DOCUMENT_PAYLOAD
 * @example readPayload(utf8Encode('{"sku":"atlas-3"}')) // { sku: 'atlas-3' }
 */
export function readPayload(payload: Uint8Array): JsonObject {
  const value = parseCanonical(payload, 'payload');
  if (!isJsonObject(value)) refuse('ERR_DOCUMENT_PAYLOAD', 'payload', 'an object', 'another value');
  // Recursion is safe: the canonical form check has bounded the depth.
  const check = (part: JsonValue): void => {
    if (typeof part === 'number' && !Number.isSafeInteger(part)) refuse('ERR_DOCUMENT_PAYLOAD', 'payload', 'integers only', part);
    if (typeof part === 'object' && part !== null) Object.values(part).forEach(check);
  };
  check(value);
  return value;
}

function readHeader(encoded: string): DocumentHeader {
  const field = 'protected';
  let header: JsonValue;
  try {
    header = parseCanonical(base64urlDecode(encoded, field), field);
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    throw new ProofError('ERR_DOCUMENT_HEADER', cause.message, { field, expected: 'base64url of canonical {alg, kid, typ}', cause });
  }
  if (!hasExactly(header, 'alg,kid,typ')) refuse('ERR_DOCUMENT_HEADER', field, 'exactly the members alg, kid and typ', 'others');
  const { alg, kid, typ } = header;
  if (!isAlgorithm(alg))
    refuse('ERR_DOCUMENT_HEADER', 'alg', 'a fully specified algorithm such as Ed25519', typeof alg === 'string' ? alg : typeof alg);
  if (!isKid(kid)) refuse('ERR_DOCUMENT_HEADER', 'kid', '1 to 200 printable ASCII characters', 'another value');
  if (!isDocumentType(typ)) refuse('ERR_DOCUMENT_HEADER', 'typ', 'the media type of a signed document', 'another value');
  return { alg, kid, typ };
}

/**
 * Tells whether a value may name a key in a signed document.
 *
 * @param kid whatever stands there
 * @example isKid('license-1') // true
 */
export function isKid(kid: unknown): kid is string {
  return typeof kid === 'string' && /^[\x21-\x7e]{1,200}$/.test(kid);
}

type Encoded = readonly [protectedHeader: string, signature: string];

function splitCompact(text: string): { payload: string; parts: readonly Encoded[] } {
  const [header, payload, signature, ...rest] = text.split('.', 4);
  if (signature === undefined || rest.length > 0)
    refuse('ERR_DOCUMENT_FORM', 'document', 'three parts separated by dots', 'another number');
  return { payload: payload!, parts: [[header!, signature]] };
}

function splitGeneral(bytes: Uint8Array): { payload: string; parts: readonly Encoded[] } {
  const field = 'document';
  if (bytes.at(-1) !== 0x0a) refuse('ERR_DOCUMENT_FORM', field, 'canonical JSON and one line feed', 'no line feed at the end');
  const document = parseCanonical(bytes.subarray(0, -1), field);
  if (!hasExactly(document, 'payload,signatures'))
    refuse('ERR_DOCUMENT_FORM', field, 'exactly the members payload and signatures', 'others');
  const { payload, signatures } = document;
  if (typeof payload !== 'string') refuse('ERR_DOCUMENT_FORM', 'payload', 'a base64url string', typeof payload);
  if (!Array.isArray(signatures) || signatures.length === 0 || signatures.length > DOCUMENT_MAX_SIGNATURES) {
    refuse(
      'ERR_DOCUMENT_FORM',
      'signatures',
      `1 to ${DOCUMENT_MAX_SIGNATURES} signatures`,
      Array.isArray(signatures) ? signatures.length : typeof signatures,
    );
  }
  const parts = signatures.map((part: JsonValue): Encoded => {
    if (!hasExactly(part, 'protected,signature'))
      refuse('ERR_DOCUMENT_FORM', 'signatures', 'exactly the members protected and signature', 'others');
    const { protected: header, signature } = part;
    if (typeof header !== 'string' || typeof signature !== 'string')
      refuse('ERR_DOCUMENT_FORM', 'signatures', 'base64url strings', 'another type');
    return [header, signature];
  });
  return { payload, parts };
}

/**
 * Takes a signed document apart, strictly, and verifies nothing: there is one byte string for one document and its signatures.
 *
 * @param bytes compact JWS (RFC 7515 §7.1), or general JSON JWS (§7.2.1) as canonical JSON and one line feed; at most 16 MiB
 * @throws ProofError ERR_DOCUMENT_FORM, ERR_DOCUMENT_HEADER, ERR_DOCUMENT_PAYLOAD, ERR_NOT_CANONICAL, ERR_BASE64, ERR_UTF8
 * @see architecture §3.3; docs/spec/signed-document.md
 * @example parseDocument(bytes).signatures[0].header.kid
 */
export function parseDocument(bytes: Uint8Array, engine: Engine = defaultEngine): ParsedDocument {
  if (bytes.length > DOCUMENT_MAX_BYTES) refuse('ERR_DOCUMENT_FORM', 'document', `at most ${DOCUMENT_MAX_BYTES} bytes`, bytes.length);
  const form = bytes[0] === 0x7b ? 'general' : 'compact';
  const { payload: encoded, parts } = form === 'general' ? splitGeneral(bytes) : splitCompact(utf8Decode(bytes, 'document'));
  const payload = base64urlDecode(encoded, 'payload');
  const signatures = parts.map(([header, signature]): DocumentSignature => ({
    header: readHeader(header),
    signature: base64urlDecode(signature, 'signature'),
    // 64 signatures over 16 MiB must not hold a gigabyte.
    get signingInput() {
      return utf8Encode(`${header}.${encoded}`);
    },
    jws: { protected: header, payload: encoded, signature },
  }));
  const type = signatures[0]!.header.typ;
  if (signatures.some(({ header }) => header.typ !== type))
    refuse('ERR_DOCUMENT_HEADER', 'typ', 'the same in every signature', 'different ones');
  if (new Set(signatures.map(({ header }) => header.kid)).size !== signatures.length) {
    refuse('ERR_DOCUMENT_HEADER', 'kid', 'another in every signature', 'the same twice');
  }
  return { form, type, payload, value: readPayload(payload), digest: engine.sha256Hex(payload), signatures };
}
