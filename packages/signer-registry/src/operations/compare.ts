import type { Registry } from '../registry/registry.ts';
import type { RegisteredSigner } from '../registry/types.ts';

/** One difference between two versions. */
export interface Difference {
  /** Absent for the registry itself. */
  readonly kid?: string;
  readonly member: string;
  /** Absent where it was not there. */
  readonly before?: string;
  readonly after?: string;
}

const MEMBERS = [
  'status',
  'purposes',
  'chains',
  'validFrom',
  'validUntil',
  'revoked',
  'backend',
  'operator',
  'description',
  'emergency',
] as const;

function show(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function differ(difference: { kid?: string; member: string }, before: unknown, after: unknown): Difference[] {
  const [old, now] = [show(before), show(after)];
  if (old === now) return [];
  return [{ ...difference, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) }];
}

function compareSigner(before: RegisteredSigner | undefined, after: RegisteredSigner | undefined, kid: string): Difference[] {
  if (before === undefined) return differ({ kid, member: 'signer' }, undefined, `${after!.algorithm} ${after!.key.thumbprint}`);
  if (after === undefined) return differ({ kid, member: 'signer' }, `${before.algorithm} ${before.key.thumbprint}`, undefined);
  return [
    ...differ({ kid, member: 'key' }, `${before.algorithm} ${before.key.thumbprint}`, `${after.algorithm} ${after.key.thumbprint}`),
    ...MEMBERS.flatMap((member) => differ({ kid, member }, before[member], after[member])),
  ];
}

/**
 * Tells what changed between two versions, whatever it is and whether or not it is allowed (`audit-signers show --against`).
 *
 * @example compareRegistries(old, registry)
 */
export function compareRegistries(before: Registry, after: Registry): Difference[] {
  const kids = new Set([...before.signers, ...after.signers].map(({ kid }) => kid));
  return [
    ...differ({ member: 'version' }, String(before.version), String(after.version)),
    ...differ({ member: 'issued_at' }, before.issuedAt, after.issuedAt),
    ...differ({ member: 'expires' }, before.expires, after.expires),
    ...differ({ member: 'roots' }, before.roots.join(', '), after.roots.join(', ')),
    ...differ({ member: 'threshold' }, String(before.threshold), String(after.threshold)),
    ...[...kids].flatMap((kid) => compareSigner(before.signer(kid), after.signer(kid), kid)),
  ];
}
