import type { KeyQuery, KeyResolution, KeyResolver } from '@countersign/proof-core/ports';
import { resolveEntry } from './resolve.ts';
import { formatTime } from './time.ts';
import type { RegisteredSigner, RegistryMembers } from './types.ts';

/** What `Registry` is made of: members that passed every rule, and what was computed from them. */
export interface RegistryParts {
  readonly members: RegistryMembers;
  /** SHA-256 of the payload bytes, 64 lower-case hex digits. */
  readonly digest: string;
  /** In the order of the document. */
  readonly signers: readonly RegisteredSigner[];
}

/**
 * One version of a signer registry: who may sign what, and when (`countersign/signers@1`).
 *
 * Made by `parseRegistry`, `parseRegistryPayload` and `walkRegistry`; immutable.
 *
 * @example (await parseRegistry(bytes)).resolve({ kid: 'log-1', purpose: 'checkpoint', chain: 'example.com/audit' })
 */
export class Registry implements KeyResolver {
  /** 1, 2, 3, … */
  readonly version: number;
  /** SHA-256 of the payload bytes, 64 lower-case hex digits: what the next version names and what people pin. */
  readonly digest: string;
  /** The digest of the version before; 64 zeros in version 1. */
  readonly previous: string;
  readonly issuedAt: string;
  readonly expires: string;
  /** The kids of the roots. */
  readonly roots: readonly string[];
  /** How many distinct roots must sign. */
  readonly threshold: number;
  /** Every signer there ever was, in the order of the document. */
  readonly signers: readonly RegisteredSigner[];
  /** The payload as JSON: what the next version is made from. */
  readonly members: RegistryMembers;
  readonly #byKid: ReadonlyMap<string, RegisteredSigner>;

  constructor({ members, digest, signers }: RegistryParts) {
    this.version = members.version;
    this.digest = digest;
    this.previous = members.previous;
    this.issuedAt = members.issued_at;
    this.expires = members.expires;
    this.roots = members.roots;
    this.threshold = members.threshold;
    this.signers = signers;
    this.members = members;
    this.#byKid = new Map(signers.map((signer) => [signer.kid, signer]));
    Object.freeze(this);
  }

  /** Every registered signer, whatever its status. */
  entries(): readonly RegisteredSigner[] {
    return this.signers;
  }

  /** The signer of a kid, whatever its status. */
  signer(kid: string): RegisteredSigner | undefined {
    return this.#byKid.get(kid);
  }

  /**
   * May this key have signed that, then? The rules are those of `resolveEntry`.
   *
   * @throws RangeError for a time bound that is not RFC 3339 UTC with milliseconds
   */
  resolve(query: KeyQuery): KeyResolution {
    return resolveEntry(this.#byKid.get(query.kid), query);
  }

  /**
   * Tells whether the registry is stale: what it says still holds, but a newer version must exist.
   *
   * @param now milliseconds since 1970-01-01T00:00:00Z
   */
  isExpired(now: number): boolean {
    return formatTime(now) > this.expires;
  }
}
