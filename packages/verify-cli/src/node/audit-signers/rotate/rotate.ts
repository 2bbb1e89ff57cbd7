import { rotateSigner } from '@countersign/signer-registry/operations/rotate';
import { CliError } from '../../errors.ts';
import { type KeyFlags, readKeySource } from '../key/source.ts';
import { openRegistry } from '../registry/context.ts';
import { type VersionFlags, readTime } from '../registry/flags.ts';
import { propose } from '../registry/propose.ts';

export interface RotateFlags extends VersionFlags, KeyFlags {
  readonly to: string;
  readonly operator?: string;
  readonly description?: string;
  readonly validFrom?: string;
  readonly rehearse?: boolean;
  readonly signer?: string;
  readonly log: readonly string[];
  readonly actor?: string;
}

/** Runs `audit-signers rotate`: publishes the new key, rehearses it, or records that one follows the other. */
export async function rotate(from: string, flags: RotateFlags): Promise<void> {
  if (flags.rehearse === true && flags.log.length > 0) throw new CliError('ERR_CLI_OPTION', '--rehearse and --log are two steps', '--log');
  if (flags.rehearse === true) {
    const { rehearse } = await import('./rehearse.ts');
    return await rehearse(from, flags);
  }
  if (flags.log.length > 0) {
    const { recordRotation } = await import('./record.ts');
    for (const log of flags.log) await recordRotation(log, from, flags);
    return undefined;
  }
  return await publish(from, flags);
}

async function publish(from: string, flags: RotateFlags): Promise<void> {
  const { registry, context } = await openRegistry(flags);
  const { publicKey, backend, prepare } = await readKeySource(flags.to, flags);
  const to = {
    kid: flags.to,
    publicKey,
    backend,
    ...(flags.operator === undefined ? {} : { operator: flags.operator }),
    ...(flags.description === undefined ? {} : { description: flags.description }),
    ...(flags.validFrom === undefined ? {} : { validFrom: readTime(flags.validFrom, '--valid-from') }),
  };
  const { next, warnings } = rotateSigner(registry, { from, to }, context);
  await propose(flags, { before: registry, next, warnings, ...(prepare === undefined ? {} : { prepare }) });
}
