import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { DOCUMENT_TYPES, type DocumentKind } from '@countersign/proof-core/document/types';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseCanonical } from '@countersign/proof-core/json/parse';
import { type JsonObject, type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import { isChainId } from '@countersign/proof-core/record/chain-id';
import { isTime } from '@countersign/proof-core/record/time';
import type { ExtractPayload, ExtractProof } from '../../extract/document.ts';
import type { Bound, RequestedRange } from '../report.ts';
import { readExported, readRegistryName } from '../segment/exported.ts';
import { MemberError, Members, isHash } from '../segment/manifest.ts';

/** An extract file taken apart; nothing is verified. */
export interface ReadExtract {
  readonly payload: ExtractPayload;
  readonly proof: ExtractProof;
  /** The signed document in it, as a file of its own. */
  readonly document: Uint8Array;
}

/** The largest extract file that is read: a document has at most 4,096 bytes to sign, and some 100 hashes lie beside it. */
export const MAX_EXTRACT_BYTES = 1_048_576;

const FORMAT = 'countersign/extract@1';
const MEMBERS = 'chain,count,digests,exported,first,first_prev,format,last,last_hash,registry,requested,root,size';

/**
 * Reads an `.extract.json` file, strictly (docs/spec/extract.md).
 *
 * @throws ProofError ERR_NOT_CANONICAL, ERR_DOCUMENT_…; MemberError
 * @example readExtract(bytes, engine).payload.first
 */
export function readExtract(bytes: Uint8Array, engine: Engine): ReadExtract {
  if (bytes.at(-1) !== 10) throw new MemberError('extract', 'canonical JSON and one line feed');
  if (bytes.length > MAX_EXTRACT_BYTES) throw new MemberError('extract', `at most ${MAX_EXTRACT_BYTES} bytes`);
  const file = new Members(parseCanonical(bytes.subarray(0, -1), 'extract'), '', 'after,before,checkpoint,document,format');
  file.text('format', FORMAT, (text) => text === FORMAT);
  const { bytes: document, value } = readNested(file.get('document'), 'extract', engine);
  const proof = {
    before: readHashes(file, 'before'),
    after: readHashes(file, 'after'),
    checkpoint: file.text('checkpoint', 'a signed note', () => true),
  };
  return { payload: readPayload(value), proof, document };
}

/**
 * Reads a signed document that is nested in a file.
 *
 * @returns its bytes as a file of its own, and its payload
 * @throws ProofError ERR_DOCUMENT_…; MemberError
 */
export function readNested(
  value: JsonValue | undefined,
  kind: DocumentKind,
  engine: Engine,
): { readonly bytes: Uint8Array; readonly value: JsonObject; readonly digest: string } {
  if (!isJsonObject(value)) throw new MemberError('document', 'a signed document');
  const bytes = concatBytes(engine.canonicalize(value), utf8Encode('\n'));
  const document = parseDocument(bytes, engine);
  if (document.type !== DOCUMENT_TYPES[kind]) throw new MemberError('document', DOCUMENT_TYPES[kind]);
  return { bytes, value: document.value, digest: document.digest };
}

function readHashes(members: Members, name: string): readonly string[] {
  const list = members.get(name);
  if (!Array.isArray(list) || list.length > 128 || !list.every((hash) => typeof hash === 'string' && isHash(hash))) {
    throw new MemberError(name, 'hashes of 64 hex digits');
  }
  return list as string[];
}

function readPayload(value: JsonObject): ExtractPayload {
  const members = new Members(value, '', MEMBERS);
  const exported = readExported(members.get('exported'));
  if (exported.pii_included) throw new MemberError('exported.pii_included', 'false');
  const payload: ExtractPayload = {
    chain: members.text('chain', 'a chain id', isChainId),
    count: members.count('count', 1),
    digests: { records: new Members(members.get('digests'), 'digests', 'records').hash('records') },
    exported: { ...exported, pii_included: false },
    first: members.count('first'),
    first_prev: members.hash('first_prev'),
    format: members.text('format', FORMAT, (text) => text === FORMAT) as typeof FORMAT,
    last: members.count('last'),
    last_hash: members.hash('last_hash'),
    registry: readRegistryName(members.get('registry')),
    requested: readRequested(members.get('requested')),
    root: members.hash('root'),
    size: members.count('size', 1),
  };
  if (payload.last !== payload.first + payload.count - 1) throw new MemberError('last', 'first + count - 1');
  if (payload.size <= payload.last) throw new MemberError('size', 'more than last');
  return payload;
}

/**
 * Reads the member `requested`: a range as somebody asked for it.
 *
 * @throws MemberError
 */
export function readRequested(value: JsonValue | undefined): RequestedRange {
  const names = isJsonObject(value) ? Object.keys(value).join() : '';
  const members = new Members(value, 'requested', ['from', 'to', 'from,to'].includes(names) ? names : '');
  const bound = (name: 'from' | 'to'): { [name in 'from' | 'to']?: Bound } => {
    const given = members.get(name);
    if (given === undefined) return {};
    return { [name]: typeof given === 'string' ? members.text(name, 'a record number or a time', isTime) : members.count(name) };
  };
  return { ...bound('from'), ...bound('to') };
}
