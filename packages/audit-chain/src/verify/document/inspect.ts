import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { DOCUMENT_TYPES, type DocumentKind } from '@countersign/proof-core/document/types';
import { type ParsedDocument, parseDocument } from '@countersign/proof-core/document/parse';
import { type SignatureFinding, inspectDocument } from '@countersign/proof-core/document/verify';
import { ProofError } from '@countersign/proof-core/errors';
import { type JsonObject, type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { isTime } from '@countersign/proof-core/record/time';
import { FindingList } from '../finding.ts';
import { type Judgement, judgementOf } from '../judgement.ts';
import { distrustCode } from '../trust/distrust.ts';
import { DOCUMENT_PURPOSES } from './purpose.ts';

/** What is asked of a signed document. */
export interface DocumentOptions {
  /** The pinned registry; inconclusive without one. */
  readonly resolver?: KeyResolver;
  /** The kind that it must be; what it says of itself when absent. */
  readonly kind?: DocumentKind;
  readonly chain?: string;
  /** SHA-256 of the artifact that it must name as `artifact_sha256`, hex. */
  readonly artifact?: string;
  /** How many different keys must have signed; 1 when absent. */
  readonly threshold?: number;
}

/**
 * Judges a signed document (architecture §3.3) and tells everything that was found.
 *
 * @param bytes the file, compact or general JSON form; line feeds at its end are no part of it
 * @see docs/spec/signed-document.md
 * @example (await inspectSignedDocument(bytes, { resolver, kind: 'license' })).exitCode // 0
 */
export async function inspectSignedDocument(
  bytes: Uint8Array,
  options: DocumentOptions,
  engine: Engine = defaultEngine,
): Promise<Judgement> {
  const findings = new FindingList();
  const document = read(bytes, findings, engine);
  if (document === undefined) return judgementOf('document', { subject: 'document', good: '', bad: 'no signed document' }, {}, findings);
  const kind = kindOf(document);
  if (options.kind !== undefined && kind !== options.kind) {
    findings.add({ code: 'DOCUMENT_TYPE', field: 'typ', expected: options.kind, actual: kind });
  }
  const { value } = document;
  const time = issuedAt(value);
  if (options.resolver === undefined) findings.add({ code: 'NO_REGISTRY', field: 'signers' });
  else await judgeSignatures(bytes, kind, { ...options, resolver: options.resolver }, time, findings, engine);
  if (options.artifact !== undefined) judgeArtifact(options.artifact, value, findings);
  const facts = {
    type: kind,
    digest: document.digest,
    'signed by': document.signatures.map(({ header }) => header.kid),
    ...(time === undefined ? {} : { 'issued at': time }),
  };
  const words = {
    subject: kind,
    good: 'document verified: every signature holds, by signers trusted for it',
    bad: 'document NOT verified',
  };
  return judgementOf('document', words, facts, findings);
}

function read(bytes: Uint8Array, findings: FindingList, engine: Engine): ParsedDocument | undefined {
  try {
    return parseDocument(bytes, engine);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    findings.add({
      code: 'DOCUMENT_MALFORMED',
      field: error.field ?? 'document',
      expected: error.expected ?? 'a signed document',
      actual: error.actual ?? error.code,
    });
    return undefined;
  }
}

function kindOf(document: ParsedDocument): DocumentKind {
  const { typ } = document.signatures[0]!.header;
  return (Object.keys(DOCUMENT_TYPES) as DocumentKind[]).find((kind) => DOCUMENT_TYPES[kind] === typ)!;
}

/** When the document says that it was issued: the only bound there is, and the signer's own word. */
function issuedAt(value: JsonObject): string | undefined {
  const { exported } = value;
  const time: JsonValue | undefined = value['issued_at'] ?? (isJsonObject(exported) ? exported['at'] : undefined);
  return typeof time === 'string' && isTime(time) ? time : undefined;
}

async function judgeSignatures(
  bytes: Uint8Array,
  kind: DocumentKind,
  options: DocumentOptions & { readonly resolver: KeyResolver },
  earliest: string | undefined,
  findings: FindingList,
  engine: Engine,
): Promise<void> {
  const { resolver, chain, threshold = 1 } = options;
  const policy = {
    type: DOCUMENT_TYPES[kind],
    purpose: DOCUMENT_PURPOSES[kind],
    resolver,
    threshold,
    ...(chain === undefined ? {} : { chain }),
    ...(earliest === undefined ? {} : { earliest }),
  };
  const report = await inspectDocument(bytes, policy, engine);
  if (report.trusted) return;
  const before = findings.counts.size;
  const trusted = report.signatures.filter(({ status }) => status === 'trusted').length;
  for (const signature of report.signatures) addSignature(signature, findings);
  if (trusted > 0 && findings.counts.size === before) {
    findings.add({ code: 'SIGNERS_SHORT', field: 'signatures', expected: threshold, actual: trusted });
  }
  if (findings.counts.size === before && report.error !== undefined) {
    const { field = 'document', expected = 'a document that holds', actual = report.error.code } = report.error;
    findings.add({ code: 'DOCUMENT_MALFORMED', field, expected, actual });
  }
}

function addSignature(signature: SignatureFinding, findings: FindingList): void {
  const { status, kid } = signature;
  if (status === 'trusted') return;
  if (status === 'invalid') findings.add({ code: 'DOCUMENT_SIGNATURE', field: signature.reason, actual: kid });
  else if (status === 'untrusted') findings.add({ code: distrustCode(signature.reason), field: 'document', actual: kid });
  else findings.add({ code: 'SIGNER_UNKNOWN', field: 'document', expected: 'an algorithm that this engine verifies', actual: kid });
}

function judgeArtifact(artifact: string, value: JsonObject, findings: FindingList): void {
  const named = value['artifact_sha256'];
  if (named === artifact) return;
  findings.add({
    code: 'ARTIFACT_DIFFERS',
    field: 'artifact_sha256',
    expected: typeof named === 'string' ? named : 'named by the document',
    actual: artifact,
  });
}
