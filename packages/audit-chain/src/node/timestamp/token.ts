import { Buffer } from 'node:buffer';
import { X509Certificate, createHash } from 'node:crypto';
import { type BaseBlock, Integer, OctetString, Sequence, fromBER } from 'asn1js';
import { Certificate, ContentInfo, SignedData, type SignerInfo, TSTInfo } from 'pkijs';
import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { ChainError } from '../../errors.ts';
import type { VerifiedTimestamp } from '../../timestamp/verifier.ts';
import { checkChain } from './chain.ts';
import { timestampProblem } from './problem.ts';

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const SHA256 = '2.16.840.1.101.3.4.2.1';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const HASHES: Readonly<Record<string, string>> = {
  [SHA256]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** The longest token that is read. */
export const MAX_TOKEN_BYTES = 65_536;
const MAX_CERTIFICATES = 32;

/** A token taken apart, nothing verified. */
export interface ParsedToken {
  readonly signed: SignedData;
  readonly signer: SignerInfo;
  readonly info: TSTInfo;
  readonly certificates: readonly X509Certificate[];
}

const malformed = (field: string, expected: string, actual: string | number, cause?: unknown): ChainError =>
  timestampProblem('ERR_TIMESTAMP_REPLY', field, expected, actual, cause);

/** Reads one DER value that fills the bytes; what the parser throws at hostile ones becomes a refusal. */
export function readDer<T>(bytes: Uint8Array, field: string, read: (value: BaseBlock) => T): T {
  if (bytes.length > MAX_TOKEN_BYTES) throw malformed(field, `at most ${MAX_TOKEN_BYTES} bytes`, bytes.length);
  try {
    const { offset, result } = fromBER(bytes.slice());
    if (offset !== bytes.length) throw malformed(field, 'one DER value', `${bytes.length} other bytes`);
    return read(result);
  } catch (cause) {
    if (cause instanceof ChainError) throw cause;
    throw malformed(field, 'the form of RFC 3161', 'something else', cause);
  }
}

/**
 * Takes a token apart: signed data of one signer over a TSTInfo (RFC 3161 §2.4.2).
 *
 * @throws ChainError ERR_TIMESTAMP_REPLY
 */
export function parseToken(token: Uint8Array): ParsedToken {
  return readDer(token, 'token', (value) => {
    const { contentType, content } = new ContentInfo({ schema: value });
    if (contentType !== SIGNED_DATA) throw malformed('token', 'signed data', contentType);
    const signed = new SignedData({ schema: content });
    const { eContentType, eContent } = signed.encapContentInfo;
    if (eContentType !== TST_INFO || eContent === undefined) throw malformed('token', 'a TSTInfo', eContentType);
    if (signed.signerInfos.length !== 1) throw malformed('token', 'one signer', signed.signerInfos.length);
    const info = readDer(new Uint8Array(eContent.getValue()), 'TSTInfo', (inner) => new TSTInfo({ schema: inner }));
    if (info.version !== 1) throw malformed('TSTInfo', 'version 1', info.version);
    const items = signed.certificates ?? [];
    if (items.length > MAX_CERTIFICATES) throw malformed('token', `at most ${MAX_CERTIFICATES} certificates`, items.length);
    const certificates = items.flatMap((one) =>
      one instanceof Certificate ? [new X509Certificate(Buffer.from(one.toSchema().toBER()))] : [],
    );
    return { signed, signer: signed.signerInfos[0]!, info, certificates };
  });
}

/** Requires that a token is of these bytes, by SHA-256. */
export function checkImprint({ messageImprint }: TSTInfo, data: Uint8Array): void {
  const { hashAlgorithm, hashedMessage } = messageImprint;
  const digest = new Uint8Array(createHash('sha256').update(data).digest());
  if (hashAlgorithm.algorithmId !== SHA256 || !equalBytes(new Uint8Array(hashedMessage.valueBlock.valueHexView), digest))
    throw timestampProblem('ERR_TIMESTAMP_IMPRINT', 'message imprint', 'the SHA-256 of what was to be stamped', 'another');
}

/**
 * Verifies a token: of these bytes, signed by the certificate that it names, whose chain leads to a pinned root and was valid then.
 *
 * @throws ChainError ERR_TIMESTAMP_REPLY, ERR_TIMESTAMP_IMPRINT, ERR_TIMESTAMP_CERTIFICATE, ERR_TIMESTAMP_SIGNATURE
 */
export async function verifyToken(token: Uint8Array, data: Uint8Array, roots: readonly X509Certificate[]): Promise<VerifiedTimestamp> {
  const { signed, signer, info, certificates } = parseToken(token);
  checkImprint(info, data);
  if (HASHES[signer.digestAlgorithm.algorithmId] === undefined)
    throw timestampProblem(
      'ERR_TIMESTAMP_SIGNATURE',
      'digest algorithm',
      'SHA-256, SHA-384 or SHA-512',
      signer.digestAlgorithm.algorithmId,
    );
  const leaf = await checkSignature(signed, data);
  checkSignedAttributes(signer, leaf);
  const others = certificates.filter((one) => Buffer.compare(one.raw, leaf.raw) !== 0);
  checkChain(leaf, others, roots, info.genTime);
  return {
    time: info.genTime.toISOString(),
    latest: latestOf(info),
    authority: leaf.subject.replaceAll('\n', ', '),
    policy: info.policy,
  };
}

/** Verifies signature and message digest; the chain is followed elsewhere, in bounded time. */
async function checkSignature(signed: SignedData, data: Uint8Array): Promise<X509Certificate> {
  try {
    const { signatureVerified, signerCertificate } = await signed.verify({
      signer: 0,
      data: data.slice().buffer,
      checkChain: false,
      extendedMode: true,
    });
    if (signatureVerified === true && signerCertificate !== undefined && signerCertificate !== null)
      return new X509Certificate(Buffer.from(signerCertificate.toSchema().toBER()));
  } catch (cause) {
    throw timestampProblem('ERR_TIMESTAMP_SIGNATURE', 'signature', 'one by a certificate in the token', 'one that does not hold', cause);
  }
  throw timestampProblem('ERR_TIMESTAMP_SIGNATURE', 'signature', 'one that holds', 'one that does not');
}

/** The signed attributes name the content and the certificate (RFC 5035; RFC 2634): nobody can put another one of the same key in its place. */
function checkSignedAttributes({ signedAttrs }: SignerInfo, leaf: X509Certificate): void {
  const attributes = signedAttrs?.attributes ?? [];
  const valueOf = (type: string): BaseBlock | undefined => {
    const found = attributes.filter((attribute) => attribute.type === type);
    return found.length === 1 ? (found[0]!.values as BaseBlock[])[0] : undefined;
  };
  if ((valueOf(CONTENT_TYPE) as { getValue?(): string } | undefined)?.getValue?.() !== TST_INFO)
    throw timestampProblem('ERR_TIMESTAMP_SIGNATURE', 'content-type attribute', 'TSTInfo', 'another or none');
  const v2 = valueOf(SIGNING_CERTIFICATE_V2);
  const named = v2 === undefined ? certificateHash(valueOf(SIGNING_CERTIFICATE), 'sha1') : certificateHash(v2, 'sha256');
  if (named === undefined || !createHash(named.algorithm).update(leaf.raw).digest().equals(named.hash))
    throw timestampProblem('ERR_TIMESTAMP_CERTIFICATE', 'signing-certificate attribute', 'the certificate that signed', 'another or none');
}

/** The hash of the first certificate that an attribute names: of ESSCertID, or ESSCertIDv2, whose algorithm is SHA-256 unless it says another. */
function certificateHash(
  value: BaseBlock | undefined,
  byDefault: string,
): { readonly algorithm: string; readonly hash: Buffer } | undefined {
  const certs = value instanceof Sequence ? value.valueBlock.value[0] : undefined;
  const id = certs instanceof Sequence ? certs.valueBlock.value[0] : undefined;
  const [first, second] = id instanceof Sequence ? id.valueBlock.value : [];
  if (first instanceof OctetString) return { algorithm: byDefault, hash: Buffer.from(first.valueBlock.valueHexView) };
  const oid = first instanceof Sequence ? (first.valueBlock.value[0] as { getValue?(): string } | undefined)?.getValue?.() : undefined;
  const algorithm = byDefault === 'sha256' && oid !== undefined ? HASHES[oid] : undefined;
  if (algorithm === undefined || !(second instanceof OctetString)) return undefined;
  return { algorithm, hash: Buffer.from(second.valueBlock.valueHexView) };
}

function latestOf({ genTime, accuracy }: TSTInfo): string {
  const { seconds = 0, millis = 0, micros = 0 } = accuracy ?? {};
  const stated = seconds * 1000 + millis + Math.ceil(micros / 1000);
  const end = genTime.getTime() % 1000 === 0 && stated === 0 ? 999 : stated;
  return new Date(genTime.getTime() + end).toISOString();
}

/** The nonce of a token as a number; undefined when it has none. */
export function nonceOf({ nonce }: TSTInfo): bigint | undefined {
  return nonce instanceof Integer ? BigInt(`0x${Buffer.from(nonce.valueBlock.valueHexView).toString('hex') || '0'}`) : undefined;
}
