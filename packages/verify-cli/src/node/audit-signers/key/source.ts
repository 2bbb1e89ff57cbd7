import { isAlgorithm } from '@countersign/proof-core/key/algorithms';
import { importPublicKey } from '@countersign/proof-core/key/import';
import type { PublicKey, SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import { CliError } from '../../errors.ts';
import { readNamed } from '../../command/named-file.ts';
import { newKey } from './new.ts';

/** Where a public key comes from: exactly one of the four. */
export interface KeyFlags {
  /** PEM, JWK or DER. */
  readonly publicKey?: string;
  /** Key ARN, id or alias; the ARN is recorded. */
  readonly fromKms?: string;
  /** Kid at the signing proxy. */
  readonly fromProxy?: string;
  /** Makes a key and writes it to this file. */
  readonly newKey?: string;
  /** URL of the signing proxy; SIGNING_PROXY_URL when absent. */
  readonly proxy?: string;
  /** For RSA, whose keys do not say. */
  readonly algorithm?: string;
  /** Where the private key is, for a public key from a file. */
  readonly backend?: string;
}

/** A public key, where its private key is, and what must be written before it is registered. */
export interface KeySource {
  readonly publicKey: PublicKey;
  readonly backend: string;
  readonly prepare?: () => Promise<() => Promise<void>>;
}

function readAlgorithm(text: string | undefined): SignatureAlgorithm | undefined {
  if (text === undefined || isAlgorithm(text)) return text;
  throw new CliError('ERR_CLI_OPTION', `--algorithm: expected Ed25519, ES256, ES384, RS256, PS256 or ML-DSA-65`, '--algorithm');
}

async function fromKms(key: string, algorithm: SignatureAlgorithm | undefined): Promise<KeySource> {
  const [{ connectKms }, { describeKmsKey }] = await Promise.all([
    import('@countersign/signer-registry/node/signer/kms'),
    import('@countersign/signer-registry/adapters/kms'),
  ]);
  const { arn, publicKey } = await describeKmsKey(await connectKms(key), key, algorithm);
  return { publicKey, backend: `kms:${arn}` };
}

async function fromProxy(kid: string, proxy: string | undefined): Promise<KeySource> {
  const { proxyClient } = await import('../../signer/proxy.ts');
  const { client, url } = await proxyClient(proxy);
  try {
    return { publicKey: await client.publicKey(kid), backend: `proxy:${url}` };
  } finally {
    client.close();
  }
}

/**
 * Gets the public key that the flags name.
 *
 * @throws CliError ERR_CLI_OPTION none or several, ERR_CLI_FILE; ProofError for a key that is weak, malformed or private; RegistryError
 *   ERR_BACKEND_…, ERR_SIGNER_PACKAGE
 */
export async function readKeySource(kid: string, flags: KeyFlags): Promise<KeySource> {
  const named = [flags.publicKey, flags.fromKms, flags.fromProxy, flags.newKey].filter((value) => value !== undefined);
  if (named.length !== 1) {
    const expected = 'expected one of --public-key FILE, --from-kms KEY, --from-proxy KID, --new-key FILE';
    throw new CliError('ERR_CLI_OPTION', expected, '--public-key');
  }
  const algorithm = readAlgorithm(flags.algorithm);
  const backend = flags.backend === undefined ? {} : { backend: flags.backend };
  if (flags.publicKey !== undefined) {
    const bytes = await readNamed(flags.publicKey, '--public-key');
    return { publicKey: importPublicKey(bytes, algorithm === undefined ? {} : { algorithm }), backend: 'offline', ...backend };
  }
  if (flags.backend !== undefined) throw new CliError('ERR_CLI_OPTION', '--backend: goes with --public-key', '--backend');
  if (flags.fromKms !== undefined) return await fromKms(flags.fromKms, algorithm);
  if (flags.fromProxy !== undefined) return await fromProxy(flags.fromProxy, flags.proxy);
  const made = newKey(kid, flags.newKey!);
  return { publicKey: made.signer.publicKey, backend: 'file', prepare: made.keep };
}
