import type { AuditEvent } from '@countersign/proof-core/ports';
import type { Registry } from '../registry/registry.ts';
import type { RegisteredSigner } from '../registry/types.ts';

type Step = readonly [type: string, details: Readonly<Record<string, unknown>>];

function cameIn({ purposes, status, emergency, validUntil }: RegisteredSigner): Step {
  if (emergency === undefined) return ['signer.added', { purposes, status }];
  const { approvals, justification } = emergency;
  return ['signer.emergency', { approvals, expires: validUntil, justification, purposes }];
}

function moved(before: RegisteredSigner, after: RegisteredSigner): Step | undefined {
  const { status, revoked, purposes, validUntil } = after;
  // A compromise may be added or moved earlier: that is told too.
  if (revoked !== undefined && JSON.stringify(revoked) !== JSON.stringify(before.revoked)) return ['signer.revoked', { ...revoked }];
  if (status === before.status) return undefined;
  if (status === 'active') return ['signer.activated', { purposes }];
  return status === 'retired' ? ['signer.retired', { valid_until: validUntil }] : undefined;
}

/**
 * Tells what a version did to its signers, as the events to be recorded in every chain they concern (`docs/spec/signers.md` §11). They follow
 * from the two versions alone, so that they can be recorded, or found missing, at any later time.
 *
 * @param before the version before; undefined for version 1
 * @param actor who did it: a pseudonymous id
 * @returns in the order of the document; each with the kid as its subject
 * @example for (const event of registryEvents(before, after, 'security:alice')) await log.append(event);
 */
export function registryEvents(before: Registry | undefined, after: Registry, actor: string): AuditEvent[] {
  const registry = { digest: after.digest, version: after.version };
  return after.signers.flatMap((signer) => {
    const known = before?.signer(signer.kid);
    const step = known === undefined ? cameIn(signer) : moved(known, signer);
    if (step === undefined) return [];
    const [type, details] = step;
    const payload = { kid: signer.kid, registry, thumbprint: signer.key.thumbprint, ...details };
    return [{ type, actor, subject: signer.kid, payload }];
  });
}
