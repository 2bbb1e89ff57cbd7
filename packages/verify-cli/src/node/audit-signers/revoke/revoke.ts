import { revokeSigner } from '@countersign/signer-registry/operations/revoke';
import { openRegistry } from '../registry/context.ts';
import { type VersionFlags, readTime } from '../registry/flags.ts';
import { propose } from '../registry/propose.ts';

export interface RevokeFlags extends VersionFlags {
  readonly reason: string;
  readonly compromisedSince?: string;
}

/** Runs `audit-signers revoke`. */
export async function revoke(kid: string, flags: RevokeFlags): Promise<void> {
  const { registry, context } = await openRegistry(flags);
  const since = flags.compromisedSince === undefined ? {} : { compromisedSince: readTime(flags.compromisedSince, '--compromised-since') };
  const { next, warnings } = revokeSigner(registry, { kid, reason: flags.reason, ...since }, context);
  await propose(flags, { before: registry, next, warnings });
}
