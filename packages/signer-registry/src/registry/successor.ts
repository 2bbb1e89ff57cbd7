import { parseDocument } from '@countersign/proof-core/document/parse';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { unexpected } from '../errors.ts';
import { coversPattern } from './chain-pattern.ts';
import { checkEndorsement, kidsThatSigned } from './endorse.ts';
import { parseRegistryPayload } from './parse-payload.ts';
import type { Registry } from './registry.ts';
import { type RegisteredSigner, STATUSES } from './types.ts';

/** No end is later than any end, and no compromise is later than any compromise. */
const NEVER = '~';

function checkNumber(before: Registry, after: Registry): void {
  if (after.version === before.version && after.digest !== before.digest) {
    throw unexpected('ERR_REGISTRY_FORKED', 'version', `${before.digest} for version ${before.version}`, after.digest);
  }
  if (after.version <= before.version) throw unexpected('ERR_REGISTRY_ROLLED_BACK', 'version', before.version + 1, after.version);
  if (after.version > before.version + 1) throw unexpected('ERR_REGISTRY_SKIPPED', 'version', before.version + 1, after.version);
  if (after.previous !== before.digest) throw unexpected('ERR_REGISTRY_LINK', 'previous', before.digest, after.previous);
  if (after.issuedAt < before.issuedAt) {
    throw unexpected('ERR_REGISTRY_WINDOW', 'issued_at', `not before ${before.issuedAt} of version ${before.version}`, after.issuedAt);
  }
}

function checkWindows(before: RegisteredSigner, after: RegisteredSigner, field: string): void {
  const widened = (member: string, expected: string, actual: string | undefined): never => {
    throw unexpected('ERR_REGISTRY_WIDENED', `${field}.${member}`, expected, actual ?? 'none');
  };
  if (after.validFrom < before.validFrom) widened('valid_from', `not before ${before.validFrom}`, after.validFrom);
  if ((after.validUntil ?? NEVER) > (before.validUntil ?? NEVER))
    widened('valid_until', `not after ${before.validUntil}`, after.validUntil);
  const purpose = after.purposes.find((name) => !before.purposes.includes(name));
  if (purpose !== undefined) widened('purposes', before.purposes.join(', '), purpose);
  const chain = after.chains.find((pattern) => !before.chains.some((outer) => coversPattern(outer, pattern)));
  if (chain !== undefined) widened('chains', before.chains.join(', '), chain);
}

function checkRevocation(before: RegisteredSigner, after: RegisteredSigner, field: string): void {
  if (before.revoked === undefined) return;
  if (after.revoked === undefined)
    throw unexpected('ERR_REGISTRY_UNREVOKED', `${field}.revoked`, 'the revocation of the version before', 'none');
  if (after.revoked.at > before.revoked.at) {
    throw unexpected('ERR_REGISTRY_UNREVOKED', `${field}.revoked.at`, `not after ${before.revoked.at}`, after.revoked.at);
  }
  if ((after.compromisedSince ?? NEVER) > (before.compromisedSince ?? NEVER)) {
    throw unexpected(
      'ERR_REGISTRY_UNREVOKED',
      `${field}.revoked.compromised_since`,
      `not after ${before.compromisedSince}`,
      after.compromisedSince ?? 'none',
    );
  }
}

/** The rules for one kid that both versions have, or that the later one has lost (`docs/spec/signers.md` §10). */
function checkSigner(before: RegisteredSigner, after: RegisteredSigner | undefined): void {
  const field = `signer ${before.kid}`;
  if (after === undefined) throw unexpected('ERR_REGISTRY_REMOVED', field, 'every signer of the version before', 'none');
  if (after.key.thumbprint !== before.key.thumbprint || after.algorithm !== before.algorithm) {
    throw unexpected(
      'ERR_REGISTRY_KEY_CHANGED',
      field,
      `${before.algorithm} ${before.key.thumbprint}`,
      `${after.algorithm} ${after.key.thumbprint}`,
    );
  }
  if (after.operator !== before.operator)
    throw unexpected('ERR_REGISTRY_KEY_CHANGED', `${field}.operator`, before.operator, after.operator);
  checkRevocation(before, after, field);
  if (STATUSES.indexOf(after.status) < STATUSES.indexOf(before.status)) {
    throw unexpected('ERR_REGISTRY_WIDENED', `${field}.status`, `${before.status} or later`, after.status);
  }
  checkWindows(before, after, field);
  if (JSON.stringify(after.emergency) !== JSON.stringify(before.emergency)) {
    throw unexpected('ERR_REGISTRY_KEY_CHANGED', `${field}.emergency`, 'what the version before says', 'something else');
  }
}

/**
 * Checks that a payload may follow a version: the number after it, linked to it by digest, not issued earlier; nobody removed, no key, operator
 * or emergency changed, no window, purpose or chain widened, no revocation weakened. Signatures are `checkSuccessor`'s.
 *
 * @throws RegistryError ERR_REGISTRY_FORKED, ERR_REGISTRY_ROLLED_BACK, ERR_REGISTRY_SKIPPED, ERR_REGISTRY_LINK, ERR_REGISTRY_WINDOW,
 *   ERR_REGISTRY_REMOVED, ERR_REGISTRY_KEY_CHANGED, ERR_REGISTRY_WIDENED, ERR_REGISTRY_UNREVOKED
 * @example checkSuccession(registry, parseRegistryPayload(payload))
 */
export function checkSuccession(before: Registry, after: Registry): void {
  checkNumber(before, after);
  for (const signer of before.entries()) checkSigner(signer, after.signer(signer.kid));
}

/**
 * Reads the version after one that is trusted, and checks everything that makes it trusted too: its own rules, those of `checkSuccession`,
 * and the signatures of a threshold of the roots of both versions.
 *
 * @param bytes the signed document; may be changed once the call has returned its promise
 * @throws RegistryError as `parseRegistry` and `checkSuccession`, and ERR_REGISTRY_UNENDORSED; ProofError as `parseRegistry`
 * @example registry = await checkSuccessor(registry, await readFile('signers.json'));
 */
export async function checkSuccessor(before: Registry, bytes: Uint8Array, engine: Engine = defaultEngine): Promise<Registry> {
  const own = bytes.slice();
  const after = parseRegistryPayload(parseDocument(own, engine).payload, before, engine);
  checkSuccession(before, after);
  // The later version has every key of the earlier one, unchanged, so one pass over the signatures serves both judges.
  const kids = await kidsThatSigned(own, after, engine);
  checkEndorsement(kids, after.issuedAt, after, 'ERR_REGISTRY_UNSIGNED');
  checkEndorsement(kids, after.issuedAt, before, 'ERR_REGISTRY_UNENDORSED');
  return after;
}
