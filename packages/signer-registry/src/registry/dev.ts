import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { Signer } from '@countersign/proof-core/ports';
import { createRegistry, makeSigner } from './make.ts';
import { signRegistry } from './sign.ts';
import { formatTime } from './time.ts';

/** What a registry for development is made of. */
export interface DevRegistry {
  /** Chain id of the log. */
  readonly chain: string;
  /** Signs checkpoints and segment manifests of that chain: a dev key may do both. */
  readonly logKey: Signer;
  /** Signs the registry. */
  readonly rootKey: Signer;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
}

/** A dev registry is not there to be renewed: ten years, in milliseconds. */
const LIFETIME = 3650 * 86_400_000;

/**
 * Makes version 1 of a registry with one root and one log key, both marked as development keys (`backend` `file`, `operator` `dev`), which
 * production refuses.
 *
 * @returns the signed registry document, UTF-8: the bytes of `signers.json`
 * @throws RegistryError ERR_REGISTRY_CHAIN, ERR_REGISTRY_DUPLICATE_KID, ERR_REGISTRY_DUPLICATE_KEY
 * @example await writeFile('signers.json', await createDevRegistry({ chain: 'localhost/log', logKey, rootKey, now: Date.now() }));
 */
export async function createDevRegistry({ chain, logKey, rootKey, now }: DevRegistry, engine: Engine = defaultEngine): Promise<Uint8Array> {
  const issuedAt = formatTime(now);
  const dev = { validFrom: issuedAt, backend: 'file', operator: 'dev' };
  const root = makeSigner({
    ...dev,
    kid: rootKey.kid,
    publicKey: rootKey.publicKey,
    purposes: ['registry-root'],
    description: 'Development root: signs this registry.',
  });
  const log = makeSigner({
    ...dev,
    kid: logKey.kid,
    publicKey: logKey.publicKey,
    purposes: ['checkpoint', 'segment'],
    chains: [chain],
    description: 'Development key of one log: its checkpoints and segment manifests.',
  });
  const members = createRegistry({
    issuedAt,
    expires: formatTime(now + LIFETIME),
    roots: [root.kid],
    threshold: 1,
    signers: [root, log],
  });
  return signRegistry(members, [rootKey], undefined, engine);
}
