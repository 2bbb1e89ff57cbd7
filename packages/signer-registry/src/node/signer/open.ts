import type { Clock, Signer } from '@countersign/proof-core/ports';
import { type KmsLike, kmsSigner } from '../../adapters/kms.ts';
import { unexpected } from '../../errors.ts';
import type { Registry } from '../../registry/registry.ts';
import type { RegisteredSigner } from '../../registry/types.ts';
import { guardSigner } from '../../signer/guard.ts';
import type { SignerHooks } from '../../signer/hooks.ts';
import { probeSigner } from '../../signer/probe.ts';
import { wrapSigner } from '../../signer/wrap.ts';
import { loadLocalSigner } from '../local-signer.ts';
import { connectProxy, type ProxyConnection } from '../proxy/client.ts';
import { connectKms } from './kms.ts';
import { type ResiliencePolicy, resilientSigner } from './resilient.ts';
import { type SignerUri, parseSignerUri } from './uri.ts';

/** What opening a signer needs beside its URI. */
export interface OpenOptions {
  /** Read at every signature. */
  readonly registry: () => Registry;
  readonly clock?: Clock;
  readonly hooks?: SignerHooks;
  readonly resilience?: ResiliencePolicy;
  /** Sign with a pending key too: for the rehearsal of a rotation. */
  readonly rehearsal?: boolean;
  /** For an encrypted key file. */
  readonly passphrase?: string;
  /** For `awskms:`; made of the AWS environment by `@aws-sdk/client-kms` when absent. */
  readonly kms?: KmsLike;
  /** For `proxy+https:`: token and certificates. */
  readonly proxy?: Omit<ProxyConnection, 'url'>;
  /** For `pkcs11:`: opens the token's signer of an entry. */
  readonly pkcs11?: (label: string, entry: RegisteredSigner) => Promise<Signer>;
  readonly signal?: AbortSignal;
}

function entryOf(registry: Registry, what: string, find: (signer: RegisteredSigner) => boolean): RegisteredSigner {
  const entry = registry.signers.find(find);
  if (entry === undefined) throw unexpected('ERR_SIGN_KEY', 'signer', `a signer of registry version ${registry.version}`, what);
  return entry;
}

async function openBackend(uri: SignerUri, registry: Registry, options: OpenOptions): Promise<Signer> {
  if (uri.kind === 'file') return loadLocalSigner(uri.path, options.passphrase === undefined ? {} : { passphrase: options.passphrase });
  if (uri.kind === 'kms') {
    const entry = entryOf(registry, uri.arn, ({ backend }) => backend === `kms:${uri.arn}`);
    return resilientSigner(kmsSigner(options.kms ?? (await connectKms(uri.arn)), entry), options.resilience);
  }
  if (uri.kind === 'proxy') {
    const entry = entryOf(registry, uri.kid, ({ kid }) => kid === uri.kid);
    const client = connectProxy({ ...options.proxy, url: uri.url });
    const signer = { ...client.signer(entry), close: () => Promise.resolve(client.close()) };
    return resilientSigner(
      wrapSigner(signer, (request) => signer.sign(request)),
      options.resilience,
    );
  }
  const entry = entryOf(registry, uri.label, ({ backend }) => backend === `pkcs11:${uri.label}`);
  if (options.pkcs11 === undefined) throw unexpected('ERR_SIGNER_PACKAGE', 'signer', 'a PKCS#11 module (option pkcs11)', 'none');
  return options.pkcs11(uri.label, entry);
}

/**
 * Opens the signer that a URI names, under its registry, and proves by a probe that it holds the registered key. There is one backend and one
 * key: what fails here fails.
 *
 * @param uri `file:PATH`, `awskms:ARN`, `proxy+https://HOST#KID` or `pkcs11:LABEL`
 * @throws RegistryError ERR_SIGNER_URI, ERR_SIGNER_PACKAGE, ERR_SIGN_KEY not in the registry, ERR_SIGN_STATUS, ERR_BACKEND_*, ERR_KEY_FILE_*;
 *   ProofError ERR_SIGNER_OUTPUT
 * @example const signer = await openSigner(process.env.AUDIT_SIGNER, { registry: () => registry });
 */
export async function openSigner(uri: string, options: OpenOptions): Promise<Signer> {
  const registry = options.registry();
  const { hooks, rehearsal = false, signal, clock = { now: Date.now } } = options;
  const backend = await openBackend(parseSignerUri(uri), registry, options);
  const signer = guardSigner(backend, { registry: options.registry, clock, rehearsal, ...(hooks === undefined ? {} : { hooks }) });
  try {
    const entry = entryOf(registry, signer.kid, ({ kid }) => kid === signer.kid);
    await probeSigner(signer, entry, signal === undefined ? {} : { signal });
  } catch (error) {
    await signer.close?.();
    throw error;
  }
  return signer;
}
