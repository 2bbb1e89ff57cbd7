import { folderTarget } from '@countersign/audit-chain/node/archive/folder-target';
import { followTiles } from '@countersign/audit-chain/tiles/follow';
import { type TileParts, publishTiles } from '@countersign/audit-chain/tiles/publish';
import { readDuration } from '../../command/quantity.ts';
import { report } from '../../command/run.ts';
import { untilStopped } from '../../command/until-stopped.ts';
import type { LogOptions } from '../../log/options.ts';
import { noRegistry, readRegistry } from '../../log/open.ts';
import { openReadable } from '../../log/read.ts';

/** The flags as given. */
export interface TilesFlags extends LogOptions {
  readonly to: string;
  readonly every?: string;
}

/**
 * Runs `audit-chain tiles`: publishes what is signed as a tile tree, once or at an interval until it is interrupted.
 *
 * @param signal ends it, as an interrupt does
 * @throws CliError ERR_CLI_OPTION; ChainError as `publishTiles`
 */
export async function tiles(log: string, flags: TilesFlags, signal?: AbortSignal): Promise<void> {
  const every = flags.every === undefined ? undefined : readDuration(flags.every, '--every');
  const { store, settings, close } = await openReadable(log, flags);
  try {
    if (settings.signers === undefined) throw noRegistry();
    const parts: TileParts = { store, target: folderTarget(flags.to), resolver: await readRegistry(settings.signers) };
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
