import { activateSigner } from '@countersign/signer-registry/operations/activate';
import { openRegistry } from '../registry/context.ts';
import type { VersionFlags } from '../registry/flags.ts';
import { propose } from '../registry/propose.ts';

/** Runs `audit-signers activate`. */
export async function activate(kid: string, flags: VersionFlags): Promise<void> {
  const { registry, context } = await openRegistry(flags);
  const { next, warnings } = activateSigner(registry, kid, context);
  await propose(flags, { before: registry, next, warnings });
}
