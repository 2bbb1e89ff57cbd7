import { requireRegistered } from '@countersign/audit-chain/append/keys';
import { archiveAttestations } from '@countersign/audit-chain/archive/attest';
import { followSeal } from '@countersign/audit-chain/archive/follow';
import type { SegmentLimits } from '@countersign/audit-chain/archive/limits';
import { type SealParts, type SealedSegment, sealChain } from '@countersign/audit-chain/archive/seal';
import { gunzipMember, gzipMemberAside } from '@countersign/audit-chain/node/archive/gzip';
import { report } from '../../command/run.ts';
import { readBytes, readDuration } from '../../command/quantity.ts';
import { untilStopped } from '../../command/until-stopped.ts';
import { CliError } from '../../errors.ts';
import { liveRegistry } from '../../log/live-registry.ts';
import { type WritableLog, openLog } from '../../log/open.ts';
import type { LogOptions } from '../../log/options.ts';
import { VERSION } from '../../version.ts';
import { readCount } from '../query/query.ts';
import { announceLock, confirmLock, noteAbilities } from './confirm.ts';
import { type TargetFlags, openTarget } from './target.ts';

/** The flags as given. */
export interface SealFlags extends LogOptions, TargetFlags {
  readonly maxRecords?: string;
  readonly maxBytes?: string;
  readonly maxAge?: string;
  readonly heartbeat?: string;
  readonly follow?: boolean;
  readonly attested?: boolean;
}

/** A segment lies in memory while it is written, as does its copy in write-once storage. */
const MOST_BYTES = 1_073_741_824;

function readLimits(flags: SealFlags): SegmentLimits {
  const { maxRecords, maxBytes, maxAge, heartbeat, follow } = flags;
  for (const [option, value] of [
    ['--max-age', maxAge],
    ['--heartbeat', heartbeat],
  ] as const) {
    // prettier-ignore
    if (value !== undefined && follow !== true)
      throw new CliError('ERR_CLI_OPTION', `${option}: only with --follow; without it everything is sealed at once`, option);
  }
  return {
    ...(flags.attested === true ? { attested: true } : {}),
    ...(maxRecords === undefined ? {} : { records: readCount(maxRecords, '--max-records') }),
    ...(maxBytes === undefined ? {} : { bytes: readBytes(maxBytes, '--max-bytes', MOST_BYTES) }),
    ...(maxAge === undefined ? {} : { age: readDuration(maxAge, '--max-age') }),
  };
}

/**
 * Runs `audit-chain seal`: seals what is there, or with `--follow` each segment when it is due, until it is interrupted.
 *
 * @param signal ends it, as an interrupt does
 * @throws CliError ERR_CLI_OPTION, ERR_CLI_SIGNER; ChainError as `openTarget`, `sealChain` and `followSeal`
 */
export async function seal(log: string, flags: SealFlags, signal?: AbortSignal): Promise<void> {
  const limits = readLimits(flags);
  const quiet = flags.heartbeat === undefined ? undefined : readDuration(flags.heartbeat, '--heartbeat');
  const open = await openTarget(flags);
  const { target } = open;
  try {
    // A bucket that cannot be reached is told before the log is opened.
    const irreversible = await announceLock(open);
    const opened = await openLog(log, flags);
    try {
      if (irreversible !== undefined) await confirmLock(irreversible, opened.store, open, flags);
      await noteAbilities(open);
      const parts = { ...sealParts(opened, target), limits };
      const count = await untilStopped(signal, async (stop) => {
        const done = new Set<string>();
        const each = async (): Promise<void> => void (await archiveAttestations(opened.store, target, done));
        if (flags.follow === true) return await print(follow(opened, parts, quiet, stop), each);
        return await print(sealChain({ ...parts, now: new Date(await opened.store.now()).toISOString() }, { signal: stop }), each);
      });
      if (count === 0) process.stdout.write('nothing new to seal\n');
      else if (!target.isWriteOnce)
        process.stdout.write(`The archive ${flags.to} is a directory, not write-once storage: only signatures protect it.\n`);
    } finally {
      await opened.close();
    }
  } finally {
    open.close();
  }
}

/** Goes on with each newer version of the registry: a key that is revoked or retired in it signs nothing more. */
async function* follow(
  { chain, registryPath, signers }: WritableLog,
  parts: Omit<SealParts, 'now'>,
  quiet: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<SealedSegment> {
  const live = await liveRegistry(registryPath, (message) => void process.stderr.write(`${message}\n`));
  const current: Omit<SealParts, 'now'> = {
    ...parts,
    get resolver() {
      return live.current();
    },
    get registry() {
      const { digest, version } = live.current();
      return { digest, version };
    },
  };
  const beforeLook = async (): Promise<void> => {
    await live.refresh();
    if (quiet === undefined) return;
    const now = new Date().toISOString();
    for (const signer of signers) requireRegistered(signer, live.current(), 'checkpoint', chain.id, now);
    await chain.heartbeat(quiet);
  };
  try {
    yield* followSeal(current, { signal, onFailure: report, beforeLook });
  } finally {
    live.close();
  }
}

function sealParts({ store, segmentSigners, registry }: WritableLog, target: SealParts['target']): Omit<SealParts, 'now'> {
  if (segmentSigners.length === 0) throw new CliError('ERR_CLI_SIGNER', 'signer: none of them is registered for segments', 'signer');
  return {
    store,
    target,
    signers: segmentSigners,
    resolver: registry,
    registry: { digest: registry.digest, version: registry.version },
    exporter: { env: process.env['AUDIT_ENV'] ?? 'dev', pii_policy_version: '1', service: 'countersign', version: VERSION },
    gzip: gzipMemberAside,
    gunzip: gunzipMember,
  };
}

async function print(segments: AsyncIterable<SealedSegment>, each: () => Promise<void>): Promise<number> {
  let count = 0;
  for await (const { first, last, key } of segments) {
    process.stdout.write(`sealed records ${first} to ${last} as ${key}\n`);
    count++;
    await each();
  }
  return count;
}
