import { dirname, resolve } from 'node:path';
import { parseJson } from '@countersign/proof-core/json/parse';
import { type JsonObject, type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import { type ProxyCaller, checkCallers } from '@countersign/signer-registry/node/proxy/caller';
import type { ServerTls } from '@countersign/signer-registry/node/proxy/server';
import { isPurpose } from '@countersign/signer-registry/registry/purpose';
import { CliError } from '../../errors.ts';
import { readNamed } from '../../command/named-file.ts';

/** What a signing proxy is run with; paths are absolute. */
export interface ProxyConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: ServerTls | undefined;
  readonly registry: string;
  readonly signers: readonly string[];
  readonly callers: readonly ProxyCaller[];
  /** Folder of the high-water marks. */
  readonly marks: string;
  /** Log directory of the proxy's own chain. */
  readonly log: string;
}

function refuse(field: string, expected: string, cause?: unknown): never {
  throw new CliError('ERR_CLI_FILE', `CONFIG: ${field}: expected ${expected}`, 'CONFIG', cause);
}

function object(value: JsonValue | undefined, field: string, required: readonly string[], optional: readonly string[] = []): JsonObject {
  if (value === undefined || !isJsonObject(value)) return refuse(field, 'an object');
  for (const name of required) if (!Object.hasOwn(value, name)) refuse(`${field}.${name}`, 'this member');
  for (const name of Object.keys(value)) if (![...required, ...optional].includes(name)) refuse(`${field}.${name}`, 'no such member');
  return value;
}

function text(value: JsonValue | undefined, field: string): string {
  return typeof value === 'string' && value !== '' ? value : refuse(field, 'a text');
}

function list<T>(value: JsonValue | undefined, field: string, read: (item: JsonValue, field: string) => T): T[] {
  if (!Array.isArray(value) || value.length === 0) return refuse(field, 'a list of one or more');
  return value.map((item: JsonValue, i: number) => read(item, `${field}[${i}]`));
}

function readCaller(value: JsonValue, field: string): ProxyCaller {
  const caller = object(value, field, ['name', 'allow'], ['token_sha256', 'certificate_sha256']);
  const { token_sha256: token, certificate_sha256: certificate } = caller;
  return {
    name: text(caller['name'], `${field}.name`),
    ...(token === undefined ? {} : { tokenSha256: text(token, `${field}.token_sha256`) }),
    ...(certificate === undefined ? {} : { certificateSha256: text(certificate, `${field}.certificate_sha256`) }),
    allow: list(caller['allow'], `${field}.allow`, (item, at) => {
      const rule = object(item, at, ['kid', 'purposes']);
      const purposes = list(rule['purposes'], `${at}.purposes`, (purpose, place) => {
        const name = text(purpose, place);
        return isPurpose(name) ? name : refuse(place, 'a purpose');
      });
      return { kid: text(rule['kid'], `${at}.kid`), purposes };
    }),
  };
}

function readListen(value: JsonValue | undefined): { host: string; port: number } {
  const match = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})$/.exec(text(value, 'listen'));
  if (match === null || Number(match[2]) > 65_535) return refuse('listen', 'HOST:PORT');
  return { host: match[1]!.replaceAll(/[[\]]/g, ''), port: Number(match[2]) };
}

async function readTls(value: JsonValue | undefined, at: (path: string) => string): Promise<ServerTls | undefined> {
  if (value === undefined) return undefined;
  const tls = object(value, 'tls', ['cert', 'key'], ['client_ca']);
  const pem = async (name: string): Promise<string> =>
    new TextDecoder().decode(await readNamed(at(text(tls[name], `tls.${name}`)), `CONFIG: tls.${name}`));
  const [cert, key] = [await pem('cert'), await pem('key')];
  return { cert, key, ...(tls['client_ca'] === undefined ? {} : { clientCa: await pem('client_ca') }) };
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/**
 * Reads the configuration of a signing proxy (docs/audit-signers.md): strict JSON; relative paths are relative to its folder.
 *
 * @throws CliError ERR_CLI_FILE; ProofError for JSON that is not strict
 */
export async function readProxyConfig(path: string): Promise<ProxyConfig> {
  const at = (name: string): string => resolve(dirname(path), name);
  const value = parseJson(await readNamed(path, 'CONFIG'), 'CONFIG');
  const config = object(value, 'CONFIG', ['listen', 'registry', 'signers', 'callers', 'marks', 'log'], ['tls']);
  const { host, port } = readListen(config['listen']);
  const tls = await readTls(config['tls'], at);
  if (tls === undefined && !LOOPBACK.includes(host)) refuse('tls', 'a certificate, unless it listens to this machine alone');
  const callers = list(config['callers'], 'callers', readCaller);
  try {
    checkCallers(callers);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    refuse('callers', `callers that are known apart (${cause.message})`, cause);
  }
  return {
    host,
    port,
    tls,
    registry: at(text(config['registry'], 'registry')),
    signers: list(config['signers'], 'signers', (item, field) => {
      const uri = text(item, field);
      return uri.startsWith('file:') ? `file:${at(uri.slice('file:'.length))}` : uri;
    }),
    callers,
    marks: at(text(config['marks'], 'marks')),
    log: at(text(config['log'], 'log')),
  };
}
