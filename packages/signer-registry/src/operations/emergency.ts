import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { type VerifiedDocument, verifyDocument } from '@countersign/proof-core/document/verify';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { JsonObject } from '@countersign/proof-core/json/value';
import { RegistryError, unexpected } from '../errors.ts';
import { voiceOf } from '../registry/endorse.ts';
import { makeSigner, type NewSigner } from '../registry/make.ts';
import type { Registry } from '../registry/registry.ts';
import { checkTime, formatTime } from '../registry/time.ts';
import { type Change, type OperationContext, makeChange } from './change.ts';

/** The format of an approval of an emergency signer (`docs/spec/signers.md` §11). */
export const EMERGENCY_APPROVAL = 'countersign/emergency-approval@1';

/** A signer that has to sign before the usual rehearsal can happen. */
export interface EmergencyRequest {
  readonly signer: Omit<NewSigner, 'validFrom' | 'validUntil' | 'status'>;
  /** Its end, RFC 3339 UTC with milliseconds: at most 14 days from now. */
  readonly expires: string;
  /** For people: 1 to 2,000 bytes. */
  readonly justification: string;
  /** Signed approval documents, one or more. */
  readonly approvals: readonly Uint8Array[];
  /** How many distinct approvers must agree; the threshold of roots when absent, and at least 2. */
  readonly required?: number;
}

/** An emergency is over, or has become a rotation, after two weeks. */
const LONGEST = 14 * 86_400_000;

/**
 * Writes what an approver signs (document type `approval`, purpose `approval`): exactly this signer, until then, for this reason.
 *
 * @example signDocument({ type: DOCUMENT_TYPES.approval, purpose: 'approval', payload: emergencyApproval(request, registry), … })
 */
export function emergencyApproval(request: Pick<EmergencyRequest, 'signer' | 'expires' | 'justification'>, registry: Registry): JsonObject {
  const { signer, expires, justification } = request;
  return {
    chains: [...(signer.chains ?? [])],
    expires,
    format: EMERGENCY_APPROVAL,
    justification,
    kid: signer.kid,
    purposes: [...signer.purposes],
    registry: registry.digest,
    thumbprint: signer.publicKey.thumbprint,
  };
}

async function readApproval(
  bytes: Uint8Array,
  wanted: JsonObject,
  registry: Registry,
  now: string,
  engine: Engine,
): Promise<VerifiedDocument> {
  const policy = { type: DOCUMENT_TYPES.approval, purpose: 'approval', resolver: registry, earliest: now } as const;
  const approval = await verifyDocument(bytes, policy, engine);
  // Both are canonical: the same members give the same bytes.
  const digest = engine.sha256Hex(engine.canonicalize(wanted));
  if (approval.digest !== digest)
    throw unexpected('ERR_OPERATION_APPROVAL', 'approval', `the approval of this request (${digest})`, approval.digest);
  return approval;
}

/**
 * Adds a signer at once and for a short time (`audit-signers emergency`), where k of n approvers agree. It is active immediately; its entry says
 * for ever why it came in and who approved.
 *
 * @throws RegistryError ERR_OPERATION_APPROVAL too few distinct approvers, or an approval of something else; ERR_OPERATION_EXPIRES; ERR_REGISTRY_*;
 *   ProofError for an approval whose signature does not hold or is not trusted
 * @example await addEmergencySigner(registry, { signer, expires, justification, approvals: [alice, bob] }, context)
 */
export async function addEmergencySigner(
  registry: Registry,
  request: EmergencyRequest,
  context: OperationContext,
  engine: Engine = defaultEngine,
): Promise<Change> {
  const { signer, expires, justification, required = Math.max(2, registry.threshold) } = request;
  const now = formatTime(context.now);
  if (checkTime(expires, 'expires') <= now || expires > formatTime(context.now + LONGEST)) {
    throw unexpected('ERR_OPERATION_EXPIRES', 'expires', 'a time within 14 days from now', expires);
  }
  const wanted = emergencyApproval(request, registry);
  const voices = new Set<string>();
  const documents = new Set<string>();
  for (const bytes of request.approvals) {
    const approval = await readApproval(bytes, wanted, registry, now, engine);
    for (const { kid, operator } of approval.signatures) voices.add(voiceOf(kid, operator));
    // The payloads are the same, so a document is known by all of it.
    documents.add(engine.sha256Hex(bytes));
  }
  if (voices.size < required) {
    const message = `approvals: expected ${required} distinct approvers, got ${voices.size}`;
    throw new RegistryError('ERR_OPERATION_APPROVAL', message, { field: 'approvals', expected: required, actual: voices.size });
  }
  const entry = makeSigner({ ...signer, status: 'active', validFrom: now, validUntil: expires });
  const emergency = { approvals: [...documents], justification };
  const next = { signers: [...registry.members.signers, { ...entry, emergency }] };
  const details = { approvals: emergency.approvals, expires, justification, purposes: entry.purposes };
  return makeChange(registry, next, { type: 'signer.emergency', kid: signer.kid, details }, context);
}
