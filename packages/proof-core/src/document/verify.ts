import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { ProofError } from '../errors.ts';
import type { JsonObject } from '../json/value.ts';
import type { Distrust, KeyQuery, KeyResolver, Purpose } from '../ports.ts';
import { verifyJws } from './jws.ts';
import { type DocumentSignature, type ParsedDocument, parseDocument } from './parse.ts';
import type { DocumentType } from './types.ts';

/** What a document must be, and whose signatures count. */
export interface DocumentPolicy {
  /** The one type expected; any other is refused. */
  readonly type: DocumentType;
  readonly purpose: Purpose;
  readonly resolver: KeyResolver;
  /** Chain id, where the document belongs to a chain. */
  readonly chain?: string;
  /** Bounds of the signing time, RFC 3339 UTC; passed on to the resolver. */
  readonly earliest?: string;
  readonly latest?: string;
  /** How many different keys must have signed; 1 when absent. */
  readonly threshold?: number;
  /** How many different operators must have signed; not counted when absent. */
  readonly operators?: number;
}

/** A signature that counts. */
export interface TrustedSignature {
  readonly kid: string;
  /** RFC 7638 thumbprint of the key. */
  readonly thumbprint: string;
  readonly operator: string;
  /** Whether both bounds of the signing time were known. */
  readonly time: 'asserted' | 'bounded';
}

/** A document whose every condition holds. */
export interface VerifiedDocument {
  /** RFC 8785 bytes, exactly what was signed. */
  readonly payload: Uint8Array;
  /** The payload read as JSON. */
  readonly value: JsonObject;
  /** SHA-256 of the payload, 64 lower-case hex characters. */
  readonly digest: string;
  /** The signatures that count, in the document's order. */
  readonly signatures: readonly TrustedSignature[];
}

/** What became of one signature; `invalid` is the only status that refuses the whole document. */
export type SignatureFinding =
  | ({ readonly status: 'trusted' } & TrustedSignature)
  | { readonly status: 'untrusted'; readonly kid: string; readonly reason: Distrust }
  | { readonly status: 'invalid'; readonly kid: string; readonly reason: 'algorithm' | 'signature' }
  | { readonly status: 'unsupported'; readonly kid: string; readonly reason: 'algorithm' };

/** Everything there is to say about a document; `error` is what `verifyDocument` would throw. */
export interface DocumentReport {
  readonly trusted: boolean;
  readonly error?: ProofError;
  /** Absent where the bytes are no document at all. */
  readonly document?: ParsedDocument;
  /** One entry for each signature, in the document's order. */
  readonly signatures: readonly SignatureFinding[];
}

async function judge(part: DocumentSignature, policy: DocumentPolicy, engine: Engine): Promise<SignatureFinding> {
  const { kid, alg } = part.header;
  const resolution = policy.resolver.resolve(question(kid, policy));
  const { entry } = resolution;
  if (entry === undefined) return { status: 'untrusted', kid, reason: resolution.trusted ? 'unknown' : resolution.reason };
  // A registered key's signature must verify even where the key is not trusted: otherwise somebody put it there.
  if (alg !== entry.algorithm || entry.key.algorithm !== entry.algorithm) return { status: 'invalid', kid, reason: 'algorithm' };
  try {
    if (!(await verifyJws(entry.key, part, engine))) return { status: 'invalid', kid, reason: 'signature' };
  } catch (error) {
    if (error instanceof ProofError && error.code === 'ERR_ALGORITHM_UNSUPPORTED')
      return { status: 'unsupported', kid, reason: 'algorithm' };
    throw error;
  }
  if (!resolution.trusted) return { status: 'untrusted', kid, reason: resolution.reason };
  return { status: 'trusted', kid, thumbprint: entry.key.thumbprint, operator: entry.operator, time: resolution.time };
}

function question(kid: string, { purpose, chain, earliest, latest }: DocumentPolicy): KeyQuery {
  return {
    kid,
    purpose,
    ...(chain === undefined ? {} : { chain }),
    ...(earliest === undefined ? {} : { earliest }),
    ...(latest === undefined ? {} : { latest }),
  };
}

/** The first reason to refuse, if there is one. */
function objection(findings: readonly SignatureFinding[], policy: DocumentPolicy): ProofError | undefined {
  const invalid = findings.find(({ status }) => status === 'invalid');
  if (invalid?.status === 'invalid') {
    const [code, expected] =
      invalid.reason === 'algorithm'
        ? (['ERR_DOCUMENT_ALGORITHM', 'the algorithm registered for the key'] as const)
        : (['ERR_DOCUMENT_SIGNATURE', 'a signature that verifies'] as const);
    return new ProofError(code, `${invalid.kid}: expected ${expected}`, { field: 'signatures', expected, actual: invalid.kid });
  }
  const trusted = findings.filter((finding) => finding.status === 'trusted');
  if (trusted.length === 0) {
    const reasons = findings
      .map((finding) => `${finding.kid}: ${finding.status === 'unsupported' ? 'unsupported algorithm' : reasonOf(finding)}`)
      .join(', ');
    const code = findings.every(({ status }) => status === 'unsupported') ? 'ERR_ALGORITHM_UNSUPPORTED' : 'ERR_SIGNER_UNTRUSTED';
    const expected = `a key trusted for ${policy.purpose}`;
    return new ProofError(code, `signatures: expected ${expected}, got ${reasons}`, { field: 'signatures', expected, actual: reasons });
  }
  return (
    shortage('keys', new Set(trusted.map(({ thumbprint }) => thumbprint)).size, policy.threshold ?? 1) ??
    shortage('operators', new Set(trusted.map(({ operator }) => operator)).size, policy.operators ?? 0)
  );
}

function reasonOf(finding: SignatureFinding): string {
  return finding.status === 'trusted' ? 'trusted' : finding.reason;
}

function shortage(what: string, actual: number, wanted: number): ProofError | undefined {
  if (actual >= wanted) return undefined;
  const expected = `${wanted} different ${what}`;
  return new ProofError('ERR_DOCUMENT_THRESHOLD', `signatures: expected ${expected}, got ${actual}`, {
    field: 'signatures',
    expected,
    actual,
  });
}

function checkPolicy({ threshold = 1, operators = 0 }: DocumentPolicy): void {
  if (!Number.isSafeInteger(threshold) || threshold < 1) throw new RangeError('threshold is an integer of at least 1');
  if (!Number.isSafeInteger(operators) || operators < 0) throw new RangeError('operators is an integer of at least 0');
}

/**
 * Tells everything about a signed document and throws for nothing that it holds.
 *
 * @param bytes as for `parseDocument`; may be changed once the call has returned its promise
 * @param conditions likewise
 * @throws RangeError a threshold that is no count
 * @example (await inspectDocument(bytes, policy)).signatures
 */
export async function inspectDocument(
  bytes: Uint8Array,
  conditions: DocumentPolicy,
  engine: Engine = defaultEngine,
): Promise<DocumentReport> {
  const policy = { ...conditions };
  checkPolicy(policy);
  let document: ParsedDocument;
  try {
    document = parseDocument(bytes, engine);
  } catch (error) {
    if (error instanceof ProofError) return { trusted: false, error, signatures: [] };
    throw error;
  }
  const signatures: SignatureFinding[] = [];
  for (const part of document.signatures) signatures.push(await judge(part, policy, engine));
  const error = document.type === policy.type ? objection(signatures, policy) : wrongType(document.type, policy.type);
  return error === undefined ? { trusted: true, document, signatures } : { trusted: false, error, document, signatures };
}

function wrongType(actual: DocumentType, expected: DocumentType): ProofError {
  return new ProofError('ERR_DOCUMENT_TYPE', `typ: expected ${expected}, got ${actual}`, { field: 'typ', expected, actual });
}

/**
 * Verifies a signed document (architecture §3.3) or throws.
 *
 * Signatures by keys the resolver does not know are skipped; a signature by a key it knows must verify, trusted or not, and must name that
 * key's algorithm; those that are trusted for the purpose, chain and time are counted by key thumbprint and by operator.
 *
 * @param bytes as for `parseDocument`; may be changed once the call has returned its promise
 * @param policy the one type and purpose expected, the keys that are known, and how many must have signed
 * @returns the payload and the signatures that count
 * @throws ProofError what `parseDocument` throws; ERR_DOCUMENT_TYPE; ERR_DOCUMENT_SIGNATURE, ERR_DOCUMENT_ALGORITHM one signature of a known
 *   key is bad; ERR_SIGNER_UNTRUSTED no signature counts (`actual` has each kid and reason); ERR_DOCUMENT_THRESHOLD too few count;
 *   ERR_ALGORITHM_UNSUPPORTED
 * @throws RangeError a threshold that is no count
 * @example const { value } = await verifyDocument(bytes, { type: DOCUMENT_TYPES.license, purpose: 'license', resolver });
 */
export async function verifyDocument(bytes: Uint8Array, policy: DocumentPolicy, engine: Engine = defaultEngine): Promise<VerifiedDocument> {
  const { error, document, signatures } = await inspectDocument(bytes, policy, engine);
  if (error !== undefined) throw error;
  const { payload, value, digest } = document!;
  const counted = signatures.filter((finding) => finding.status === 'trusted');
  return {
    payload,
    value,
    digest,
    signatures: counted.map(({ kid, thumbprint, operator, time }) => ({ kid, thumbprint, operator, time })),
  };
}
