import type { OpenOptions } from '@countersign/signer-registry/node/signer/open';
import { pkcs11Opener } from './pkcs11.ts';
import { proxyConnection } from './proxy.ts';

/**
 * Reads from the environment what signers of these URIs need beside their registry: AUDIT_KEY_PASSPHRASE for key files, SIGNING_PROXY_… for
 * proxies, PKCS11_… for tokens. AWS has its own variables.
 *
 * @throws CliError ERR_CLI_FILE, ERR_CLI_OPTION
 * @example await openSigner(uri, { registry: () => registry, ...(await signerEnvironment([uri])) });
 */
export async function signerEnvironment(uris: readonly string[]): Promise<Omit<OpenOptions, 'registry'>> {
  const passphrase = process.env['AUDIT_KEY_PASSPHRASE'];
  return {
    ...(passphrase === undefined || passphrase === '' ? {} : { passphrase }),
    ...(uris.some((uri) => uri.startsWith('proxy+')) ? { proxy: await proxyConnection() } : {}),
    ...(uris.some((uri) => uri.startsWith('pkcs11:')) ? { pkcs11: pkcs11Opener() } : {}),
  };
}

/**
 * Splits a list of signer URIs: one, or several joined by commas. A comma inside a path stays, because no scheme follows it.
 *
 * @example splitSignerUris('file:log-1.key,awskms:arn:aws:kms:…') // two
 */
export function splitSignerUris(text: string): string[] {
  return text.split(/,(?=(?:file|awskms|proxy\+https?|pkcs11):)/);
}
