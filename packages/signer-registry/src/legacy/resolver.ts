import type { KeyEntry, KeyQuery, KeyResolution, KeyResolver, Purpose } from '@countersign/proof-core/ports';
import { resolveEntry } from '../registry/resolve.ts';
import type { RegisteredSigner } from '../registry/types.ts';
import type { LegacyRegistry } from './parse.ts';

/** A legacy registry says nothing of purposes and chains: whoever pins it says for what. */
export interface LegacyTrust {
  readonly purposes: readonly Purpose[];
  /** Chain patterns; every chain when absent. */
  readonly chains?: readonly string[];
}

/** Before any time a signature can have. */
const ALWAYS = '0000-01-01T00:00:00.000Z';

/**
 * Makes a resolver of a legacy registry, for the purposes the caller trusts it with. Its keys have no end, because it knew none; a key begins
 * where it says when it was deployed. HMAC entries are left out: nobody can be told from anybody by them.
 *
 * @example legacyResolver(parseLegacySigners(bytes), { purposes: ['checkpoint'] })
 */
export function legacyResolver(registry: LegacyRegistry, trust: LegacyTrust): KeyResolver {
  const entries: RegisteredSigner[] = registry.signers.flatMap((signer) =>
    signer.key === undefined
      ? []
      : [
          {
            kid: signer.kid,
            algorithm: signer.key.algorithm,
            key: signer.key,
            purposes: trust.purposes,
            chains: trust.chains ?? ['*'],
            status: 'active',
            validFrom: signer.deployedAt ?? ALWAYS,
            operator: '',
            backend: 'offline',
            description: signer.description,
          } satisfies RegisteredSigner,
        ],
  );
  const byKid = new Map(entries.map((entry) => [entry.kid, entry]));
  return {
    entries: (): readonly KeyEntry[] => entries,
    resolve: (query: KeyQuery): KeyResolution => resolveEntry(byKid.get(query.kid), query),
  };
}
