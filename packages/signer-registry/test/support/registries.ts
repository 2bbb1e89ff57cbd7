import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import { createRegistry, makeSigner } from '../../src/registry/make.ts';
import { parseRegistryPayload } from '../../src/registry/parse-payload.ts';
import type { Registry } from '../../src/registry/registry.ts';
import type { RegistryMembers, SignerMembers } from '../../src/registry/types.ts';
import { publicKeyOf } from './keys.ts';

export const CHAIN = 'example.com/audit';
export const T = (day: number, ms = 0): string => new Date(Date.UTC(2026, 0, 1) + day * 86_400_000 + ms).toISOString();

export type Loose = { -readonly [K in keyof RegistryMembers]: unknown } & { signers: Record<string, unknown>[] };

export function root(kid: string, more: Partial<SignerMembers> = {}): SignerMembers {
  return {
    ...makeSigner({ kid, publicKey: publicKeyOf(kid), purposes: ['registry-root'], validFrom: T(0), backend: 'offline', operator: kid }),
    ...more,
  };
}

export function logSigner(kid: string, more: Partial<SignerMembers> = {}): SignerMembers {
  return {
    ...makeSigner({
      kid,
      publicKey: publicKeyOf(kid),
      purposes: ['checkpoint'],
      chains: [CHAIN],
      validFrom: T(0),
      backend: `proxy:https://signer.example.com`,
      operator: 'security',
    }),
    ...more,
  };
}

/** Version 1: roots r1, r2, r3 (two must sign), a log key and a license key. */
export function sample(): RegistryMembers {
  return createRegistry({
    issuedAt: T(0),
    expires: T(400),
    roots: ['r1', 'r2', 'r3'],
    threshold: 2,
    signers: [root('r1'), root('r2'), root('r3'), logSigner('log-1'), logSigner('license-1', { purposes: ['license'], chains: [] })],
  });
}

/** A changeable copy. */
export function loose(members: RegistryMembers = sample()): Loose {
  return structuredClone(members) as unknown as Loose;
}

let known: Registry | undefined;

/** Reads a payload; keys of the sample are judged once and not by every test. */
export function parse(members: unknown): Registry {
  known ??= parseRegistryPayload(canonicalize(sample()));
  return parseRegistryPayload(canonicalize(members), known);
}
