import type { Purpose } from '@countersign/proof-core/ports';
import type { LegacyRegistry } from '../legacy/parse.ts';
import { makeSigner } from '../registry/make.ts';
import { formatTime } from '../registry/time.ts';
import type { SignerMembers } from '../registry/types.ts';

/** What a legacy registry does not say and its owner must. */
export interface ImportRequest {
  readonly legacy: LegacyRegistry;
  /** What each key is for; a key has one purpose. Kids that are not named are left out. */
  readonly purposes: Readonly<Record<string, Purpose>>;
  readonly chains: readonly string[];
  readonly operator: string;
  /** Where the keys are; `offline` when absent. */
  readonly backend?: string;
  /** From when on, for signers that do not say when they were deployed, RFC 3339 UTC with milliseconds. */
  readonly validFrom: string;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
}

/** What came of a legacy registry. */
export interface Imported {
  readonly signers: readonly SignerMembers[];
  /** Kids that were left out, each with its reason. */
  readonly skipped: readonly { readonly kid: string; readonly reason: 'hmac' | 'no-purpose' | 'twice' }[];
}

/**
 * Turns a legacy registry into entries of ours (`audit-signers import`), for `initRegistry` or a next version. HMAC entries are left out:
 * what they made is unsigned for audit purposes.
 *
 * @example importSigners({ legacy: parseLegacySigners(bytes), purposes: { 'kernel-audit-ed25519-v1': 'checkpoint' }, … })
 */
export function importSigners(request: ImportRequest): Imported {
  const { legacy, purposes, chains, operator, backend = 'offline', validFrom, now } = request;
  const signers: SignerMembers[] = [];
  const skipped: { kid: string; reason: 'hmac' | 'no-purpose' | 'twice' }[] = [];
  const keys = new Set<string>();
  for (const { kid, key, deployedAt, description } of legacy.signers) {
    const purpose = Object.hasOwn(purposes, kid) ? purposes[kid] : undefined;
    if (key === undefined) skipped.push({ kid, reason: 'hmac' });
    else if (purpose === undefined) skipped.push({ kid, reason: 'no-purpose' });
    else if (keys.has(key.thumbprint)) skipped.push({ kid, reason: 'twice' });
    else {
      keys.add(key.thumbprint);
      const from = deployedAt ?? validFrom;
      const note = description === '' ? `Imported ${formatTime(now)}.` : description;
      signers.push(makeSigner({ kid, publicKey: key, purposes: [purpose], chains, validFrom: from, backend, operator, description: note }));
    }
  }
  return { signers, skipped };
}
