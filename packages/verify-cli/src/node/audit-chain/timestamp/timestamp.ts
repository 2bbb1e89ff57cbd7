import type { ChainError } from '@countersign/audit-chain/errors';
import { loadTimestampRequest } from '@countersign/audit-chain/node/timestamp/load';
import { readTimestampRoots } from '@countersign/audit-chain/node/timestamp/roots';
import { httpExchange } from '@countersign/audit-chain/node/witness/http';
import { type Stamped, stampCheckpoint } from '@countersign/audit-chain/timestamp/stamp';
import { readSeconds } from '../../command/seconds.ts';
import { CliError } from '../../errors.ts';
import { readRegistry } from '../../log/open.ts';
import type { LogOptions } from '../../log/options.ts';
import { readNamed } from '../../command/named-file.ts';
import { openReadable } from '../../log/read.ts';
import { type BesideFlags, putBeside } from '../seal/target.ts';

/** The flags as given. */
export interface TimestampFlags extends LogOptions, BesideFlags {
  readonly tsa: readonly string[];
  readonly tsaRoots: string;
  readonly tsaPolicy?: string;
  readonly size?: string;
  readonly timeout: string;
}

/**
 * Runs `audit-chain timestamp`: has the newest checkpoint stamped by each authority.
 *
 * @throws CliError ERR_CLI_OPTION, ERR_CLI_FILE; ChainError ERR_TIMESTAMP_… of the last authority that did not stamp it, ERR_PACKAGE_MISSING
 */
export async function timestamp(log: string, flags: TimestampFlags): Promise<void> {
  const { tsa, tsaPolicy } = flags;
  if (tsaPolicy !== undefined && !/^[0-2](\.(0|[1-9][0-9]*))+$/.test(tsaPolicy))
    throw new CliError('ERR_CLI_OPTION', '--tsa-policy: expected an object identifier such as 1.2.3', '--tsa-policy');
  if (tsa.length === 0) throw new CliError('ERR_CLI_OPTION', '--tsa: name the URL of an authority', '--tsa');
  const size = readSize(flags.size);
  const roots = readTimestampRoots(new TextDecoder().decode(await readNamed(flags.tsaRoots, '--tsa-roots')));
  const { requestTimestamp } = await loadTimestampRequest();
  const codes = { unavailable: 'ERR_TIMESTAMP_UNAVAILABLE', reply: 'ERR_TIMESTAMP_REPLY' } as const;
  const exchange = httpExchange({ plain: true, maxBytes: 65_536, codes, timeoutMs: readSeconds(flags.timeout, '--timeout') });
  const request = { roots, now: Date.now, ...(tsaPolicy === undefined ? {} : { policy: tsaPolicy }) };
  const authorities = new Map(
    tsa.map((url) => [
      url,
      (data: Uint8Array, signal?: AbortSignal): Promise<Stamped> => requestTimestamp(exchange, { ...request, url, data }, signal),
    ]),
  );
  const { store, settings, close } = await openReadable(log, flags);
  try {
    if (settings.signers === undefined)
      throw new CliError('ERR_CLI_SIGNER', 'signers: no registry was named: --signers FILE, or AUDIT_SIGNERS', 'signers');
    const result = await stampCheckpoint({ store, resolver: await readRegistry(settings.signers), authorities }, size);
    let failed: ChainError | undefined;
    for (const outcome of result?.outcomes ?? []) {
      if ('error' in outcome) failed = report(outcome.from, outcome.error);
      else process.stdout.write(`${outcome.from} stamped size ${result!.size} at ${outcome.time}, ${outcome.authority}\n`);
    }
    if (result === undefined) process.stdout.write(size === undefined ? 'nothing signed yet\n' : `no checkpoint of size ${size}\n`);
    await putBeside(store, flags);
    if (failed !== undefined) throw failed;
  } finally {
    exchange.close();
    await close();
  }
}

function report(from: string, error: ChainError): ChainError {
  process.stderr.write(`${from}: ${error.code}\n`);
  return error;
}

function readSize(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const size = /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw new CliError('ERR_CLI_OPTION', '--size: expected the size of a signed checkpoint', '--size');
  return size;
}
