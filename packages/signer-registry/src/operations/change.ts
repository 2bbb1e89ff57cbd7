import type { AuditEvent } from '@countersign/proof-core/ports';
import { unexpected } from '../errors.ts';
import { type NextRegistry, formatRegistryPayload, nextRegistry } from '../registry/make.ts';
import { parseRegistryPayload } from '../registry/parse-payload.ts';
import type { Registry } from '../registry/registry.ts';
import { checkSuccession } from '../registry/successor.ts';
import { formatTime } from '../registry/time.ts';
import type { RegisteredSigner, SignerMembers } from '../registry/types.ts';

/** What every operation is told. */
export interface OperationContext {
  /** Milliseconds since 1970-01-01T00:00:00Z: when the next version is issued. */
  readonly now: number;
  /** Who does it: the actor of the event. */
  readonly actor: string;
  /** A new end of the registry, RFC 3339 UTC with milliseconds; the old one when absent. */
  readonly expires?: string;
}

/**
 * What an operation would do. Nothing has been signed or written: the caller shows it (`--dry-run`), or has the roots sign `next.members`
 * and the logs append `event`.
 */
export interface Change {
  /** The next version, judged by every rule; nobody has signed it. */
  readonly next: Registry;
  /** To be recorded in every chain that the change concerns (`docs/spec/signers.md` §11). */
  readonly event: AuditEvent;
  /** What the operator should know before going on. */
  readonly warnings: readonly string[];
}

/** What a change is made of. */
export interface Edit {
  readonly type: `signer.${string}`;
  readonly kid: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly warnings?: readonly string[];
}

/**
 * Gives the signer that an operation is about.
 *
 * @throws RegistryError ERR_OPERATION_KID
 */
export function requireSigner(registry: Registry, kid: string): RegisteredSigner {
  const signer = registry.signer(kid);
  if (signer === undefined) throw unexpected('ERR_OPERATION_KID', 'kid', `a signer of registry version ${registry.version}`, kid);
  return signer;
}

/**
 * Refuses a signer whose status does not allow the operation.
 *
 * @throws RegistryError ERR_OPERATION_STATUS
 */
export function requireStatus(signer: RegisteredSigner, ...statuses: readonly RegisteredSigner['status'][]): void {
  if (statuses.includes(signer.status)) return;
  throw unexpected('ERR_OPERATION_STATUS', signer.kid, statuses.join(' or '), signer.status);
}

/** The signers of a registry with one of them changed. */
export function withSigner(registry: Registry, kid: string, change: Partial<SignerMembers>): SignerMembers[] {
  return registry.members.signers.map((signer) => (signer.kid === kid ? { ...signer, ...change } : signer));
}

/**
 * Makes the next version and judges it: by its own rules and as a successor.
 *
 * @throws RegistryError ERR_REGISTRY_* for a rule that the change would break
 */
export function makeChange(registry: Registry, next: Omit<NextRegistry, 'issuedAt'>, edit: Edit, context: OperationContext): Change {
  const expires = context.expires ?? next.expires;
  const members = nextRegistry(registry, { ...next, issuedAt: formatTime(context.now), ...(expires === undefined ? {} : { expires }) });
  const after = parseRegistryPayload(formatRegistryPayload(members), registry);
  checkSuccession(registry, after);
  const signer = after.signer(edit.kid)!;
  const payload = {
    kid: edit.kid,
    registry: { digest: after.digest, version: after.version },
    thumbprint: signer.key.thumbprint,
    ...edit.details,
  };
  const left = Math.floor((Date.parse(after.expires) - context.now) / 86_400_000);
  const warnings = [...(edit.warnings ?? []), ...(left < 30 ? [`the next version expires in ${left} days, at ${after.expires}`] : [])];
  return { next: after, event: { type: edit.type, actor: context.actor, subject: edit.kid, payload }, warnings };
}

/** Warns where a change leaves a purpose, or a chain of it, without an active signer. */
export function orphanWarnings(before: Registry, kid: string): string[] {
  const { purposes, chains } = before.signer(kid)!;
  const others = before.signers.filter((signer) => signer.kid !== kid && signer.status === 'active');
  return purposes
    .filter((purpose) => purpose !== 'registry-root' && !others.some((other) => other.purposes.includes(purpose)))
    .map((purpose) => `no active signer is left for ${purpose}${chains.length === 0 ? '' : ` of ${chains.join(', ')}`}`);
}
