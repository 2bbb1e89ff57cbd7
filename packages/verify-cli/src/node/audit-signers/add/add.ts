import { addSigner } from '@countersign/signer-registry/operations/add';
import { type KeyFlags, readKeySource } from '../key/source.ts';
import { openRegistry } from '../registry/context.ts';
import { type VersionFlags, readPurpose, readThreshold, readTime } from '../registry/flags.ts';
import { propose } from '../registry/propose.ts';

export interface AddFlags extends VersionFlags, KeyFlags {
  readonly purpose: readonly string[];
  readonly chain: readonly string[];
  readonly operator?: string;
  readonly description?: string;
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly active?: boolean;
  readonly root?: boolean;
  readonly threshold?: string;
}

/** Runs `audit-signers add`. */
export async function add(kid: string, flags: AddFlags): Promise<void> {
  const { registry, context } = await openRegistry(flags);
  const { publicKey, backend, prepare } = await readKeySource(kid, flags);
  const purposes = flags.purpose.map((purpose) => readPurpose(purpose));
  const request = {
    kid,
    publicKey,
    backend,
    purposes: flags.root === true && purposes.length === 0 ? (['registry-root'] as const) : purposes,
    chains: flags.chain,
    ...(flags.operator === undefined ? {} : { operator: flags.operator }),
    ...(flags.description === undefined ? {} : { description: flags.description }),
    ...(flags.validFrom === undefined ? {} : { validFrom: readTime(flags.validFrom, '--valid-from') }),
    ...(flags.validUntil === undefined ? {} : { validUntil: readTime(flags.validUntil, '--valid-until') }),
    ...(flags.active === true ? { status: 'active' as const } : {}),
    ...(flags.root === true ? { root: true } : {}),
    ...(flags.threshold === undefined ? {} : { threshold: readThreshold(flags.threshold) }),
  };
  const { next, warnings } = addSigner(registry, request, context);
  await propose(flags, { before: registry, next, warnings, ...(prepare === undefined ? {} : { prepare }) });
}
