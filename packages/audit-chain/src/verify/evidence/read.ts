import type { JsonObject, JsonValue } from '@countersign/proof-core/json/value';
import { isJsonObject } from '@countersign/proof-core/json/value';
import { isChainId } from '@countersign/proof-core/record/chain-id';
import { EVIDENCE_FORMAT, type EvidencePayload } from '../../evidence/document.ts';
import { isUuid } from '../../record/uuid.ts';
import type { RecordFilter } from '../../store/find.ts';
import { readExported, readRegistryName } from '../segment/exported.ts';
import { MemberError, Members, isHash } from '../segment/manifest.ts';

/** One line of an evidence pack, taken apart; nothing is verified. */
export type EvidenceLine =
  | { readonly kind: 'registry'; readonly registry: JsonObject }
  | { readonly kind: 'signer' | 'record'; readonly hashes: readonly string[]; readonly record: JsonObject }
  | { readonly kind: 'private'; readonly id: string; readonly name: string; readonly salt: string; readonly value: JsonValue }
  | { readonly kind: 'manifest'; readonly hashes: readonly string[]; readonly manifest: JsonObject }
  | { readonly kind: 'document'; readonly document: JsonObject };

const any = (): boolean => true;

/**
 * Reads the first line of a pack.
 *
 * @returns the note
 * @throws MemberError
 */
export function readHead(value: JsonValue): string {
  const members = new Members(value, '', 'checkpoint,format');
  members.text('format', EVIDENCE_FORMAT, (text) => text === EVIDENCE_FORMAT);
  return members.text('checkpoint', 'a signed note', any);
}

/**
 * Reads a line of a pack behind the first one.
 *
 * @throws MemberError
 */
export function readEvidenceLine(value: JsonValue): EvidenceLine {
  const kind = isJsonObject(value) ? value['kind'] : undefined;
  switch (kind) {
    case 'registry':
      return { kind, registry: object(new Members(value, '', 'kind,registry'), 'registry') };
    case 'signer':
    case 'record': {
      const members = new Members(value, '', 'hashes,kind,record');
      return { kind, hashes: hashes(members), record: object(members, 'record') };
    }
    case 'private': {
      const members = new Members(value, '', 'id,kind,name,salt,value');
      const id = members.text('id', 'the id of an event', isUuid);
      return { kind, id, name: members.text('name', 'a name', any), salt: members.hash('salt'), value: members.get('value')! };
    }
    case 'manifest': {
      const members = new Members(value, '', 'hashes,kind,manifest');
      return { kind, hashes: hashes(members), manifest: object(members, 'manifest') };
    }
    case 'document':
      return { kind, document: object(new Members(value, '', 'document,kind'), 'document') };
    default:
      throw new MemberError('kind', 'registry, signer, record, private, manifest or document');
  }
}

function object(members: Members, name: string): JsonObject {
  const value = members.get(name);
  if (!isJsonObject(value)) throw new MemberError(name, 'an object');
  return value;
}

function hashes(members: Members): readonly string[] {
  const list = members.get('hashes');
  if (!Array.isArray(list) || list.length > 128 || !list.every((hash) => typeof hash === 'string' && isHash(hash)))
    throw new MemberError('hashes', 'hashes of 64 hex digits');
  return list as string[];
}

/**
 * Reads the payload of the document of a pack.
 *
 * @throws MemberError
 */
export function readEvidencePayload(value: JsonObject): EvidencePayload {
  const members = new Members(value, '', 'chain,counts,digests,exported,filter,first,format,last,registry,root,size');
  const counts = new Members(members.get('counts'), 'counts', 'manifests,private,records,signers');
  const payload: EvidencePayload = {
    chain: members.text('chain', 'a chain id', isChainId),
    counts: {
      manifests: counts.count('manifests'),
      private: counts.count('private'),
      records: counts.count('records', 1),
      signers: counts.count('signers'),
    },
    digests: { lines: new Members(members.get('digests'), 'digests', 'lines').hash('lines') },
    exported: readExported(members.get('exported')),
    filter: readFilter(members.get('filter')),
    first: members.count('first'),
    format: members.text('format', EVIDENCE_FORMAT, (text) => text === EVIDENCE_FORMAT) as typeof EVIDENCE_FORMAT,
    last: members.count('last'),
    registry: readRegistryName(members.get('registry')),
    root: members.hash('root'),
    size: members.count('size', 1),
  };
  if (payload.last >= payload.size || payload.first > payload.last) throw new MemberError('last', 'from first to size - 1');
  if (payload.exported.pii_included !== payload.counts.private > 0)
    throw new MemberError('exported.pii_included', 'true with private values, else false');
  return payload;
}

const CONDITIONS = ['actor', 'subject', 'type'] as const;

function readFilter(value: JsonValue | undefined): RecordFilter {
  const names = isJsonObject(value) ? Object.keys(value) : [];
  const known = CONDITIONS.filter((name) => names.includes(name));
  if (known.length === 0) throw new MemberError('filter', 'one condition or more');
  const members = new Members(value, 'filter', known.join());
  return Object.fromEntries(known.map((name) => [name, members.text(name, 'text', any)]));
}
