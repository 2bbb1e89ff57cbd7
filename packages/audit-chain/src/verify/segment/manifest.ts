import { isTime } from '@countersign/proof-core/record/time';
import { isChainId } from '@countersign/proof-core/record/chain-id';
import type { JsonObject, JsonValue } from '@countersign/proof-core/json/value';
import type { SegmentManifest } from '../../archive/manifest.ts';
import type { SegmentIndex } from './index-file.ts';

/** The largest manifest that is read. */
export const MAX_MANIFEST_BYTES = 1_048_576;

/** A member that breaks its rule. */
export class MemberError extends Error {
  override readonly name: string = 'MemberError';
  readonly field: string;
  readonly expected: string;

  constructor(field: string, expected: string) {
    super(`${field}: expected ${expected}`);
    this.field = field;
    this.expected = expected;
  }
}

/** Reads members one by one by their rules, and refuses others. */
export class Members {
  readonly #value: JsonObject;
  readonly #path: string;

  constructor(value: JsonValue | undefined, path: string, names: string) {
    // Canonical order makes the comparison of the names one of text.
    if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).join() !== names) {
      throw new MemberError(path, `exactly the members ${names}`);
    }
    this.#value = value as JsonObject;
    this.#path = path;
  }

  text(name: string, expected: string, holds: (text: string) => boolean): string {
    const value = this.#value[name];
    if (typeof value !== 'string' || !holds(value)) throw new MemberError(this.at(name), expected);
    return value;
  }

  hash(name: string): string {
    return this.text(name, '64 lower-case hex digits', isHash);
  }

  count(name: string, least = 0): number {
    const value = this.#value[name];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
      throw new MemberError(this.at(name), `an integer of at least ${least}`);
    return value;
  }

  get(name: string): JsonValue | undefined {
    return this.#value[name];
  }

  at(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }
}

const any = (): boolean => true;

/** Tells whether text is a SHA-256 hash in lower-case hex. */
export function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

const MANIFEST = 'chain,checkpoint,count,digests,exported,first,first_prev,format,last,last_hash,previous,registry,retention,root,size';

/**
 * Reads the payload of a segment manifest, strictly.
 *
 * @throws MemberError
 * @see docs/spec/archive.md
 */
export function readManifest(value: JsonObject): SegmentManifest {
  const members = new Members(value, '', MANIFEST);
  const digests = new Members(members.get('digests'), 'digests', 'file,index,records');
  const exported = new Members(members.get('exported'), 'exported', 'at,env,pii_included,pii_policy_version,service,version');
  const registry = new Members(members.get('registry'), 'registry', 'digest,version');
  if (exported.get('pii_included') !== false) throw new MemberError('exported.pii_included', 'false');
  const manifest: SegmentManifest = {
    chain: members.text('chain', 'a chain id', isChainId),
    checkpoint: members.text('checkpoint', 'a signed note', any),
    count: members.count('count', 1),
    digests: { file: digests.hash('file'), index: digests.hash('index'), records: digests.hash('records') },
    exported: {
      at: exported.text('at', 'RFC 3339 UTC with milliseconds', isTime),
      env: exported.text('env', 'text', any),
      pii_included: false,
      pii_policy_version: exported.text('pii_policy_version', 'text', any),
      service: exported.text('service', 'text', any),
      version: exported.text('version', 'text', any),
    },
    first: members.count('first'),
    first_prev: members.hash('first_prev'),
    format: members.text('format', 'countersign/segment@1', (text) => text === 'countersign/segment@1') as 'countersign/segment@1',
    last: members.count('last'),
    last_hash: members.hash('last_hash'),
    previous: members.hash('previous'),
    registry: { digest: registry.hash('digest'), version: registry.count('version', 1) },
    retention: readRetention(members.get('retention')),
    root: members.hash('root'),
    size: members.count('size', 1),
  };
  if (manifest.last !== manifest.first + manifest.count - 1) throw new MemberError('last', 'first + count - 1');
  if (manifest.size !== manifest.last + 1) throw new MemberError('size', 'last + 1');
  return manifest;
}

function readRetention(value: JsonValue | undefined): SegmentManifest['retention'] {
  if (typeof value === 'object' && value !== null && 'until' in value) {
    const members = new Members(value, 'retention', 'mode,until');
    const mode = members.text('mode', 'GOVERNANCE or COMPLIANCE', (text) => text === 'GOVERNANCE' || text === 'COMPLIANCE');
    return { mode: mode as 'GOVERNANCE' | 'COMPLIANCE', until: members.text('until', 'RFC 3339 UTC with milliseconds', isTime) };
  }
  new Members(value, 'retention', 'mode').text('mode', 'none', (text) => text === 'none');
  return { mode: 'none' };
}

/** The member of an index that contradicts its manifest, if there is one. */
export function indexContradiction(
  manifest: SegmentManifest,
  index: SegmentIndex,
): { field: string; expected: string | number; actual: string | number } | undefined {
  for (const field of ['chain', 'first', 'count'] as const) {
    if (manifest[field] !== index[field]) return { field, expected: manifest[field], actual: index[field] };
  }
  return undefined;
}
