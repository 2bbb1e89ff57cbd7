import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { HighWaterMark, Signer } from '@countersign/proof-core/ports';
import { RegistryError } from '@countersign/signer-registry/errors';
import { openSigner } from '@countersign/signer-registry/node/signer/open';
import { parseSignerUri } from '@countersign/signer-registry/node/signer/uri';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { unreadable } from '../command/named-file.ts';
import { CliError } from '../errors.ts';
import { signerEnvironment, splitSignerUris } from '../signer/environment.ts';
import { proxyClient } from '../signer/proxy.ts';
import { laterSigner } from './later-signer.ts';
import { proxyMark } from './proxy-mark.ts';
import { KEY_FILE } from './signer-uri.ts';

/** The signers of a log, each for what its key is registered for. */
export interface LogSigners {
  readonly checkpoint: readonly Signer[];
  readonly segment: readonly Signer[];
  /** The high-water mark: that of the signing proxy where one signs checkpoints, else the one handed in. */
  readonly mark: HighWaterMark;
  close(): Promise<void>;
}

/** `file:` paths are relative to what names them; a folder stands for the development key in it. */
function resolveFile(uri: string, base: string): string {
  if (!uri.startsWith('file:')) return uri;
  const path = resolve(base, uri.slice('file:'.length));
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return `file:${isFolder ? join(path, KEY_FILE) : path}`;
}

async function openOne(uri: string, registry: Registry): Promise<Signer> {
  const options = { registry: () => registry, ...(await signerEnvironment([uri])) };
  try {
    return await openSigner(uri, options);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'EACCES') throw unreadable(uri, 'signer', error);
    const later = laterSigner(uri, registry, error, () => openSigner(uri, options));
    if (later !== undefined) return later;
    throw error;
  }
}

/** What may not sign now does not keep the others from it: a key that is pending, or retired and still configured. */
async function openActive(uris: readonly string[], registry: Registry): Promise<{ signers: Signer[]; refusal: RegistryError | undefined }> {
  const signers: Signer[] = [];
  let refusal: RegistryError | undefined;
  for (const uri of uris) {
    try {
      signers.push(await openOne(uri, registry));
    } catch (error) {
      if (!(error instanceof RegistryError && error.code === 'ERR_SIGN_STATUS')) {
        for (const signer of signers) await signer.close?.();
        throw error;
      }
      refusal = error;
      process.stderr.write(`warning: a signer does not sign: ${error.message}\n`);
    }
  }
  return { signers, refusal };
}

async function markOf(uris: readonly string[], signers: readonly Signer[], own: HighWaterMark): Promise<[HighWaterMark, () => void]> {
  const kids = new Set(signers.map(({ kid }) => kid));
  const proxies = new Set(
    uris.flatMap((uri) => {
      const parsed = parseSignerUri(uri);
      return parsed.kind === 'proxy' && kids.has(parsed.kid) ? [parsed.url] : [];
    }),
  );
  const [url, ...others] = proxies;
  if (url === undefined) return [own, () => {}];
  if (others.length > 0)
    throw new CliError('ERR_CLI_SIGNER', 'signer: two signing proxies would keep two high-water marks of one chain', 'signer');
  const { client } = await proxyClient(url);
  return [proxyMark(client.marks, own), () => client.close()];
}

/**
 * Opens the signers that a log's configuration or AUDIT_SIGNER names: one URI, or several joined by commas, so that while keys overlap every
 * checkpoint carries a line of each. A backend that is away is asked again at every signature: events do not wait for it.
 *
 * @param base what relative `file:` paths are relative to
 * @param mark the log's own high-water mark
 * @throws RegistryError as `openSigner`; CliError ERR_CLI_SIGNER, ERR_CLI_FILE, ERR_CLI_OPTION
 */
export async function openLogSigners(text: string, base: string, registry: Registry, mark: HighWaterMark): Promise<LogSigners> {
  const uris = splitSignerUris(text).map((uri) => resolveFile(uri, base));
  const { signers, refusal } = await openActive(uris, registry);
  const of = (purpose: 'checkpoint' | 'segment'): Signer[] =>
    signers.filter(({ kid }) => registry.signer(kid)?.purposes.includes(purpose) === true);
  const checkpoint = of('checkpoint');
  if (checkpoint.length === 0) {
    for (const signer of signers) await signer.close?.();
    throw refusal ?? new CliError('ERR_CLI_SIGNER', 'signer: none of them is registered for checkpoints', 'signer');
  }
  const [kept, closeMark] = await markOf(uris, checkpoint, mark);
  return {
    checkpoint,
    segment: of('segment'),
    mark: kept,
    async close() {
      closeMark();
      for (const signer of signers) await signer.close?.();
    },
  };
}
