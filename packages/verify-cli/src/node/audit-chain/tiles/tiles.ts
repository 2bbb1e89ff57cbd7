import { parseS3Url } from '@countersign/audit-chain/adapters/s3/client';
import { s3TileTarget } from '@countersign/audit-chain/adapters/s3/tile-target';
import { folderTarget } from '@countersign/audit-chain/node/archive/folder-target';
import { openS3 } from '@countersign/audit-chain/node/s3/client';
import { followTiles } from '@countersign/audit-chain/tiles/follow';
import { type TileParts, publishTiles } from '@countersign/audit-chain/tiles/publish';
import type { TileTarget } from '@countersign/audit-chain/tiles/target';
import { readDuration } from '../../command/quantity.ts';
import { report } from '../../command/run.ts';
import { untilStopped } from '../../command/until-stopped.ts';
import { CliError } from '../../errors.ts';
import type { LogOptions } from '../../log/options.ts';
import { noRegistry, readRegistry } from '../../log/open.ts';
import { openReadable } from '../../log/read.ts';

/** The flags as given. */
export interface TilesFlags extends LogOptions {
  readonly to: string;
  readonly every?: string;
  readonly endpoint?: string;
}

/**
 * Runs `audit-chain tiles`: publishes what is signed as a tile tree, once or at an interval until it is interrupted.
 *
 * @param signal ends it, as an interrupt does
 * @throws CliError ERR_CLI_OPTION; ChainError as `publishTiles`, ERR_PACKAGE_MISSING, ERR_ARCHIVE_BUCKET, ERR_ARCHIVE_DENIED, ERR_ARCHIVE_UNAVAILABLE
 */
export async function tiles(log: string, flags: TilesFlags, signal?: AbortSignal): Promise<void> {
  const every = flags.every === undefined ? undefined : readDuration(flags.every, '--every');
  const opened = await openTarget(flags);
  try {
    await publish(log, opened.target, every, flags, signal);
  } finally {
    opened.destroy();
  }
}

async function openTarget({ to, endpoint }: TilesFlags): Promise<{ readonly target: TileTarget; destroy(): void }> {
  if (!to.startsWith('s3:')) return { target: folderTarget(to), destroy: () => {} };
  const place = parseS3Url(to);
  if (place === undefined) throw new CliError('ERR_CLI_OPTION', '--to: expected s3://BUCKET or s3://BUCKET/PREFIX', '--to');
  const client = await openS3(endpoint === undefined ? {} : { endpoint });
  try {
    const target = s3TileTarget(client, place);
    const { conditions, replaces } = await target.abilities();
    if (!conditions) process.stderr.write(`note: ${target.name} ignores If-None-Match; every key is looked up before it is written\n`);
    if (!replaces) process.stderr.write(`note: ${target.name} ignores If-Match; only one process may publish there at a time\n`);
    return { target, destroy: () => client.destroy() };
  } catch (error) {
    client.destroy();
    throw error;
  }
}

async function publish(
  log: string,
  target: TileTarget,
  every: number | undefined,
  flags: TilesFlags,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { store, settings, close } = await openReadable(log, flags);
  try {
    if (settings.signers === undefined) throw noRegistry();
    const parts: TileParts = { store, target, resolver: await readRegistry(settings.signers) };
    const count = await untilStopped(signal, (stop) =>
      print(every === undefined ? publishTiles(parts, { signal: stop }) : followTiles(parts, { every, signal: stop, onFailure: report })),
    );
    if (count === 0) process.stdout.write('nothing new to publish\n');
  } finally {
    await close();
  }
}

async function print(published: AsyncIterable<{ readonly size: number }>): Promise<number> {
  let count = 0;
  for await (const { size } of published) {
    process.stdout.write(`published the checkpoint of ${size} records\n`);
    count++;
  }
  return count;
}
