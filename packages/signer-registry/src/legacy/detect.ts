import { parseJson } from '@countersign/proof-core/json/parse';
import { isJsonObject } from '@countersign/proof-core/json/value';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseRegistry } from '../registry/parse.ts';
import type { Registry } from '../registry/registry.ts';
import { type LegacyRegistry, parseLegacySigners } from './parse.ts';
import { type LegacyTrust, legacyResolver } from './resolver.ts';

/** What a file of signers turned out to be. */
export type Signers =
  | { readonly kind: 'registry'; readonly resolver: Registry }
  | { readonly kind: 'jwks' | 'legacy'; readonly legacy: LegacyRegistry; readonly resolver: KeyResolver };

/**
 * Reads a file of signers, whatever it is: our registry, a JWK set, or a legacy shape.
 *
 * A file that is a signed document is a registry and nothing else, so that a damaged registry is never read as something weaker.
 *
 * @param trust what keys of a JWK set or legacy shape are trusted for
 * @throws as `parseRegistry` for a signed document, else as `parseLegacySigners`
 * @example const { resolver } = await readSigners(bytes, { purposes: ['checkpoint', 'segment'] });
 */
export async function readSigners(bytes: Uint8Array, trust: LegacyTrust, engine: Engine = defaultEngine): Promise<Signers> {
  const own = bytes.slice();
  const value = parseJson(own, 'signers');
  if (isJsonObject(value) && (Object.hasOwn(value, 'payload') || Object.hasOwn(value, 'signatures'))) {
    return { kind: 'registry', resolver: await parseRegistry(own, engine) };
  }
  const legacy = parseLegacySigners(own);
  const kind = legacy.shapes.length === 1 && legacy.shapes[0] === 'jwks' ? 'jwks' : 'legacy';
  return { kind, legacy, resolver: legacyResolver(legacy, trust) };
}
