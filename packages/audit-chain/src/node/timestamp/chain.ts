import { Buffer } from 'node:buffer';
import type { X509Certificate } from 'node:crypto';
import { fromBER } from 'asn1js';
import { Certificate } from 'pkijs';
import { timestampProblem } from './problem.ts';

/** No chain of a time-stamping authority is longer. */
const MAX_DEPTH = 8;

/** Extensions whose meaning is checked, here or where they stand: any other critical one spoils a chain (RFC 5280 §4.2). */
const KNOWN_CRITICAL = new Set(['2.5.29.15', '2.5.29.19', '2.5.29.37', '2.5.29.32']);
/** Signatures that can be forged: MD5 and SHA-1, with RSA, DSA and ECDSA. */
const WEAK = new Set(['1.2.840.113549.1.1.4', '1.2.840.113549.1.1.5', '1.2.840.10040.4.3', '1.2.840.10045.4.1', '1.3.14.3.2.29']);

const invalid = (expected: string, actual: string): Error => timestampProblem('ERR_TIMESTAMP_CERTIFICATE', 'certificate', expected, actual);

function parse(certificate: X509Certificate): Certificate {
  return new Certificate({ schema: fromBER(new Uint8Array(certificate.raw)).result });
}

/** Requires that a certificate was valid at a time and means nothing that is not understood here. */
function checkAlone(certificate: X509Certificate, time: Date): Certificate {
  const name = certificate.subject.replaceAll('\n', ', ');
  const parsed = parse(certificate);
  if (parsed.notBefore.value > time || parsed.notAfter.value < time)
    throw invalid(`one valid at ${time.toISOString()}`, `${name}, valid ${certificate.validFrom} to ${certificate.validTo}`);
  const unknown = parsed.extensions?.find(({ critical, extnID }) => critical && !KNOWN_CRITICAL.has(extnID));
  if (unknown !== undefined) throw invalid('critical extensions that are known', unknown.extnID);
  return parsed;
}

/** Requires that the certificate of an authority is for time stamping and nothing else (RFC 3161 §2.3). */
function checkPurpose(parsed: Certificate): void {
  const usages = parsed.extensions?.filter(({ extnID }) => extnID === '2.5.29.37') ?? [];
  const [usage] = usages;
  const purposes = (usage?.parsedValue as { keyPurposes?: string[] } | undefined)?.keyPurposes ?? [];
  if (usages.length !== 1 || !usage!.critical || purposes.length !== 1 || purposes[0] !== '1.3.6.1.5.5.7.3.8')
    throw invalid(
      'the extended key usage timeStamping, critical and alone',
      `${usage?.critical === true ? 'critical ' : ''}${purposes.join(' ') || 'none'}`,
    );
}

/** Requires that a certificate may have issued another with `below` certificates between it and the end. */
function checkIssuer(issuer: X509Certificate, parsed: Certificate, below: number): void {
  const name = issuer.subject.replaceAll('\n', ', ');
  if (!issuer.ca) throw invalid('an issuer that is a certificate authority', name);
  const constraints = parsed.extensions?.find(({ extnID }) => extnID === '2.5.29.19')?.parsedValue as
    | { pathLenConstraint?: unknown }
    | undefined;
  const limit = constraints?.pathLenConstraint;
  if (typeof limit === 'number' && below > limit) throw invalid(`at most ${limit} authorities below ${name}`, String(below));
}

/**
 * Follows a chain from the certificate of an authority to one that is pinned, each valid at the time of the stamp (RFC 5280 §6, what of it a
 * time-stamping chain needs). Nothing says whether one was revoked later: pin only authorities that you trust.
 *
 * @param leaf signed the time stamp
 * @param others came with the time stamp, in any order; at most 32
 * @param time `genTime`
 * @throws ChainError ERR_TIMESTAMP_CERTIFICATE
 */
export function checkChain(leaf: X509Certificate, others: readonly X509Certificate[], roots: readonly X509Certificate[], time: Date): void {
  checkPurpose(checkAlone(leaf, time));
  const isPinned = (one: X509Certificate): boolean => roots.some((root) => Buffer.compare(root.raw, one.raw) === 0);
  let current = leaf;
  for (let depth = 0; depth < MAX_DEPTH && !isPinned(current); depth++) {
    const child = current;
    const issued = (one: X509Certificate): boolean => child.checkIssued(one) && child.verify(one.publicKey);
    // A pinned issuer first: what came with the stamp may hold a cross-signed copy.
    const issuer = roots.find(issued) ?? others.find((one) => Buffer.compare(one.raw, child.raw) !== 0 && issued(one));
    if (issuer === undefined) throw invalid('a chain to a pinned root', `no issuer of ${child.subject.replaceAll('\n', ', ')}`);
    if (WEAK.has(parse(child).signatureAlgorithm.algorithmId)) throw invalid('signatures over SHA-256 or better', 'an older hash');
    checkIssuer(issuer, checkAlone(issuer, time), depth);
    current = issuer;
  }
  if (!isPinned(current)) throw invalid(`a chain of at most ${MAX_DEPTH} certificates to a pinned root`, 'a longer one');
}
