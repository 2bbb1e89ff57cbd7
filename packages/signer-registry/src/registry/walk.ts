import { parseDocument } from '@countersign/proof-core/document/parse';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { unexpected } from '../errors.ts';
import { kidsThatSigned } from './endorse.ts';
import { parseRegistry } from './parse.ts';
import type { Registry } from './registry.ts';
import { checkSuccessor } from './successor.ts';

/** What a caller trusts beforehand: one version, by its digest, or root keys. */
export type RegistryPin =
  | {
      /** SHA-256 of a version's payload, 64 lower-case hex digits. */
      readonly digest: string;
    }
  | {
      /** RFC 7638 thumbprints of root keys. */
      readonly roots: readonly string[];
      /** How many of them must have signed; all when absent. */
      readonly threshold?: number;
    };

function checkPin(pin: RegistryPin): void {
  if ('digest' in pin) {
    if (!/^[0-9a-f]{64}$/.test(pin.digest)) throw new TypeError('pin: a digest is 64 lower-case hex digits');
    return;
  }
  const { roots, threshold = roots.length } = pin;
  if (roots.length === 0 || new Set(roots).size < roots.length) throw new TypeError('pin: one or more roots, each once');
  if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > roots.length) {
    throw new RangeError(`pin: a threshold from 1 to ${roots.length}`);
  }
}

/**
 * Checks one version against a pin.
 *
 * @param bytes the document that `registry` was read from
 * @throws RegistryError ERR_REGISTRY_PIN; TypeError or RangeError for a pin that pins nothing
 * @example await checkPinned(bytes, await parseRegistry(bytes), { digest })
 */
export async function checkPinned(bytes: Uint8Array, registry: Registry, pin: RegistryPin, engine: Engine = defaultEngine): Promise<void> {
  checkPin(pin);
  if ('digest' in pin) {
    if (registry.digest !== pin.digest) throw unexpected('ERR_REGISTRY_PIN', 'digest', pin.digest, registry.digest);
    return;
  }
  const kids = await kidsThatSigned(bytes, registry, engine);
  const signed = new Set(kids.map((kid) => registry.signer(kid)!.key.thumbprint));
  const count = pin.roots.filter((thumbprint) => signed.has(thumbprint)).length;
  const threshold = pin.threshold ?? pin.roots.length;
  if (count < threshold) throw unexpected('ERR_REGISTRY_PIN', 'signatures', `${threshold} of the pinned roots`, count);
}

/**
 * Walks from what the caller pins to the newest version, checking every step (`docs/spec/signers.md` §10).
 *
 * With a digest the walk starts at the version of that digest; older ones are passed over. With roots it starts at the first version given.
 * Time and memory grow with the bytes given; one version is held at a time.
 *
 * @param versions documents in rising order without a gap, from the pinned one on
 * @returns the last version
 * @throws RegistryError ERR_REGISTRY_PIN where no version is the pinned one; else as `checkSuccessor`; TypeError or RangeError for a pin that
 *   pins nothing
 * @example const registry = await walkRegistry(readRegistryHistory('signers.json'), { digest });
 */
export async function walkRegistry(
  versions: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  pin: RegistryPin,
  engine: Engine = defaultEngine,
): Promise<Registry> {
  checkPin(pin);
  let newest: Registry | undefined;
  for await (const bytes of versions) {
    if (newest !== undefined) newest = await checkSuccessor(newest, bytes, engine);
    else if (!('digest' in pin) || parseDocument(bytes, engine).digest === pin.digest) {
      const own = bytes.slice();
      newest = await parseRegistry(own, engine);
      await checkPinned(own, newest, pin, engine);
    }
  }
  if (newest !== undefined) return newest;
  throw unexpected('ERR_REGISTRY_PIN', 'versions', 'digest' in pin ? `a version of digest ${pin.digest}` : 'a version', 'none');
}
