import { parseDocument } from '@countersign/proof-core/document/parse';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { checkEndorsement, kidsThatSigned } from './endorse.ts';
import { parseRegistryPayload } from './parse-payload.ts';
import type { Registry } from './registry.ts';

/**
 * Reads one registry document and checks it by itself: every rule of one version, and the signatures of a threshold of its own roots.
 *
 * That makes it consistent, not trusted: anybody can make a registry. Trust comes from a digest or a root the caller pins
 * (`walkRegistry`). An expired registry is read; `isExpired` tells.
 *
 * @param bytes the signed document; may be changed once the call has returned its promise
 * @throws RegistryError ERR_REGISTRY_* naming the member, ERR_REGISTRY_UNSIGNED; ProofError for a malformed document, a false signature, and
 *   weak, malformed or private keys
 * @example const registry = await parseRegistry(await readFile('signers.json'));
 */
export async function parseRegistry(bytes: Uint8Array, engine: Engine = defaultEngine): Promise<Registry> {
  const own = bytes.slice();
  const registry = parseRegistryPayload(parseDocument(own, engine).payload, undefined, engine);
  checkEndorsement(await kidsThatSigned(own, registry, engine), registry.issuedAt, registry, 'ERR_REGISTRY_UNSIGNED');
  return registry;
}
