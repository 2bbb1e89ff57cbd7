import { DIALECTS, type DialectName } from '@countersign/signer-registry/node/proxy/dialect';
import { type ProxyClient, type ProxyConnection, connectProxy } from '@countersign/signer-registry/node/proxy/client';
import { readNamed } from '../command/named-file.ts';
import { CliError } from '../errors.ts';

async function readPem(variable: string): Promise<string | undefined> {
  const path = process.env[variable];
  if (path === undefined || path === '') return undefined;
  return new TextDecoder().decode(await readNamed(path, variable));
}

function readDialect(): DialectName | undefined {
  const name = process.env['SIGNING_PROXY_DIALECT'];
  if (name === undefined || name === '') return undefined;
  if (Object.hasOwn(DIALECTS, name)) return name as DialectName;
  throw new CliError(
    'ERR_CLI_OPTION',
    `SIGNING_PROXY_DIALECT: expected one of ${Object.keys(DIALECTS).join(', ')}`,
    'SIGNING_PROXY_DIALECT',
  );
}

/**
 * Reads how to reach a signing proxy: SIGNING_PROXY_API_KEY (the bearer token), and the files SIGNING_PROXY_CA, SIGNING_PROXY_CERT,
 * SIGNING_PROXY_KEY for TLS.
 *
 * @throws CliError ERR_CLI_FILE, ERR_CLI_OPTION
 */
export async function proxyConnection(): Promise<Omit<ProxyConnection, 'url'>> {
  const token = process.env['SIGNING_PROXY_API_KEY'];
  const dialect = readDialect();
  const [ca, cert, key] = await Promise.all(['SIGNING_PROXY_CA', 'SIGNING_PROXY_CERT', 'SIGNING_PROXY_KEY'].map(readPem));
  const tls = { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
  return {
    ...(token === undefined || token === '' ? {} : { token }),
    ...(dialect === undefined ? {} : { dialect }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

/**
 * Connects to the signing proxy of an option or of SIGNING_PROXY_URL.
 *
 * @throws CliError ERR_CLI_OPTION no URL, or one that is neither https nor this machine
 */
export async function proxyClient(option: string | undefined): Promise<{ readonly client: ProxyClient; readonly url: string }> {
  const url = option ?? process.env['SIGNING_PROXY_URL'];
  if (url === undefined || url === '') throw new CliError('ERR_CLI_OPTION', '--proxy: expected a URL, or SIGNING_PROXY_URL', '--proxy');
  const connection = await proxyConnection();
  try {
    return { client: connectProxy({ ...connection, url }), url };
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new CliError('ERR_CLI_OPTION', `--proxy: expected an https URL without credentials, or http to this machine`, '--proxy', cause);
  }
}
