import { X509Certificate } from 'node:crypto';
import { ChainError } from '@countersign/audit-chain/errors';
import { isPostgresUrl } from '@countersign/audit-chain/node/postgres/open';
import { httpExchange } from '@countersign/audit-chain/node/witness/http';
import type { ChainStore } from '@countersign/audit-chain/store/store';
import { type CosignResult, Cosigner, askedWitnesses } from '@countersign/audit-chain/witness/cosign';
import { followWitnesses } from '@countersign/audit-chain/witness/follow';
import { writeNew } from '../../command/output.ts';
import { CliError } from '../../errors.ts';
import type { LogOptions } from '../../log/options.ts';
import { readNamed } from '../../command/named-file.ts';
import { readPolicy } from '../../log/policy.ts';
import { readRegistry } from '../../log/open.ts';
import { type ReadableLog, openReadable } from '../../log/read.ts';
import { readSeconds } from '../../command/seconds.ts';
import { type BesideFlags, openTarget, putBeside } from '../seal/target.ts';
import { type Beside, keepBeside } from './beside.ts';

/** The flags as given. */
export interface WitnessFlags extends LogOptions, BesideFlags {
  readonly policy?: string;
  readonly follow?: boolean;
  readonly interval: string;
  readonly timeout: string;
  readonly ca?: string;
  readonly evidence?: string;
  readonly resume?: string;
}

function print({ size, outcomes, witnessed }: CosignResult): void {
  for (const outcome of outcomes) {
    if ('error' in outcome) process.stderr.write(`${outcome.error.code}: ${outcome.error.message}\n`);
    else process.stdout.write(`${outcome.witness} cosigned size ${size} at ${new Date(outcome.time * 1000).toISOString()}\n`);
  }
  process.stdout.write(witnessed ? `size ${size} is witnessed\n` : `size ${size} is not witnessed: the quorum is not complete\n`);
}

/**
 * Runs `audit-chain witness`: has the newest checkpoint cosigned, once or, with `--follow`, each one until it is interrupted.
 *
 * @param signal ends it, as an interrupt does
 * @throws CliError ERR_CLI_OPTION, ERR_CLI_FILE; ChainError ERR_WITNESS_CONFLICT, ERR_WITNESS_QUORUM, and as its parts do
 */
export async function witness(log: string, flags: WitnessFlags, signal?: AbortSignal): Promise<void> {
  if (flags.resume !== undefined) return await resume(log, flags, flags.resume);
  if (flags.policy === undefined && flags.evidence !== undefined) return await keepEvidence(log, flags, flags.evidence);
  if (flags.policy === undefined) throw new CliError('ERR_CLI_OPTION', '--policy: name the file with the witnesses', '--policy');
  if (flags.follow === true && !isPostgresUrl(log))
    throw new CliError('ERR_CLI_OPTION', '--follow: a log in a folder is open in one process at a time: follow from the service that has it open', '--follow'); // prettier-ignore
  const policy = await readPolicy(flags.policy);
  if (askedWitnesses(policy).length === 0) throw new CliError('ERR_CLI_OPTION', '--policy: no witness in it has a URL', '--policy');
  const intervalMs = readSeconds(flags.interval, '--interval');
  const ca = flags.ca === undefined ? {} : { ca: await readAuthorities(flags.ca) };
  const exchange = httpExchange({ timeoutMs: readSeconds(flags.timeout, '--timeout'), ...ca });
  const opened = await openReadable(log, flags);
  try {
    const { store, settings } = opened;
    if (settings.signers === undefined)
      throw new CliError('ERR_CLI_SIGNER', 'signers: no registry was named: --signers FILE, or AUDIT_SIGNERS', 'signers');
    const cosigner = new Cosigner({ store, resolver: await readRegistry(settings.signers), policy, exchange, clock: Date });
    const result =
      flags.follow === true
        ? await besideArchive(store, flags, (beside) => follow(cosigner, intervalMs, signal, beside))
        : await cosigner.cosign(signal);
    if (flags.follow !== true && result !== undefined) print(result);
    if (flags.follow !== true) await putBeside(store, flags);
    if (result?.conflict !== undefined) await refuse(opened, result, flags.evidence);
    if (flags.follow === true) return;
    if (result === undefined) process.stdout.write('nothing signed yet\n');
    else if (!result.witnessed && policy.quorum !== undefined)
      throw new ChainError('ERR_WITNESS_QUORUM', `size ${result.size}: expected the quorum ${policy.quorum.name}, got too few`, {
        field: 'quorum',
      });
  } finally {
    exchange.close();
    await opened.close();
  }
}

/** With a file of no certificates nobody would be trusted, and every witness would seem to be away. */
async function readAuthorities(path: string): Promise<string> {
  const text = new TextDecoder().decode(await readNamed(path, '--ca'));
  try {
    void new X509Certificate(text);
    return text;
  } catch (cause) {
    throw new CliError('ERR_CLI_FILE', `--ca: ${path}: expected certificates, PEM`, '--ca', cause);
  }
}

const printError = (error: unknown): void => void process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);

/** Follows witnesses while what they say is put into the archive that `--archive` names, as it comes. */
async function besideArchive(
  store: ChainStore,
  flags: WitnessFlags,
  work: (beside: Beside | undefined) => Promise<CosignResult | undefined>,
): Promise<CosignResult | undefined> {
  const { archive } = flags;
  if (archive === undefined) return await work(undefined);
  const opened = await openTarget({ ...flags, to: archive }, '--archive');
  const beside = keepBeside(store, opened.target, { onError: printError });
  try {
    const result = await work(beside);
    process.stdout.write(`${await beside.end()} new beside the manifests of ${archive}\n`);
    return result;
  } finally {
    beside.stop();
    opened.close();
  }
}

async function follow(
  cosigner: Cosigner,
  intervalMs: number,
  signal: AbortSignal | undefined,
  beside: Beside | undefined,
): Promise<CosignResult | undefined> {
  const onResult = (result: CosignResult): void => {
    print(result);
    beside?.look();
  };
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  signal?.addEventListener('abort', stop);
  try {
    return await followWitnesses(cosigner, { signal: interrupt.signal, intervalMs, onResult, onError: printError });
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
    signal?.removeEventListener('abort', stop);
  }
}

async function refuse({ store }: ReadableLog, { conflict }: CosignResult, path: string | undefined): Promise<never> {
  const stop = await store.attestations().stopped();
  if (path !== undefined && stop !== undefined) await writeEvidence(path, stop);
  process.stderr.write(
    'Signing is stopped: nothing of this chain is signed until somebody has looked into it (docs/operations/witness.md).\n',
  );
  throw conflict!;
}

async function writeEvidence(path: string, { evidence }: { readonly evidence: string }): Promise<void> {
  await writeNew(path, new TextEncoder().encode(`${evidence}\n`), '--evidence');
}

/** What stopped signing, from the database. */
async function keepEvidence(log: string, flags: WitnessFlags, path: string): Promise<void> {
  const opened = await openReadable(log, flags);
  try {
    const stop = await opened.store.attestations().stopped();
    if (stop === undefined) process.stdout.write('signing was not stopped\n');
    else await writeEvidence(path, stop);
  } finally {
    await opened.close();
  }
}

async function resume(log: string, flags: WitnessFlags, reason: string): Promise<void> {
  const opened = await openReadable(log, flags);
  try {
    const ended = await opened.store.attestations().resume(reason);
    process.stdout.write(ended === 0 ? 'signing was not stopped\n' : 'signing goes on\n');
  } finally {
    await opened.close();
  }
}
