import { retireSigner } from '@countersign/signer-registry/operations/retire';
import { openRegistry } from '../registry/context.ts';
import type { VersionFlags } from '../registry/flags.ts';
import { propose } from '../registry/propose.ts';

/** Runs `audit-signers retire`. */
export async function retire(kid: string, flags: VersionFlags): Promise<void> {
  const { registry, context } = await openRegistry(flags);
  const { next, warnings } = retireSigner(registry, kid, context);
  await propose(flags, { before: registry, next, warnings });
}
