import { base64urlDecode } from '@countersign/proof-core/bytes/base64';
import type { Registry } from '../registry/registry.ts';
import { isDevelopmentKey } from '../registry/purpose.ts';
import type { RegisteredSigner } from '../registry/types.ts';

/** How bad a finding is. An error is for today, a warning for this month, a note for the record. */
export type Severity = 'error' | 'warning' | 'note';

/** One thing that Security should know. */
export interface DoctorFinding {
  readonly severity: Severity;
  /** Stable name, e.g. `key-old`. */
  readonly code: string;
  /** Absent for the registry itself. */
  readonly kid?: string;
  readonly message: string;
}

/** What was seen of a key outside the registry. */
export interface KeySight {
  readonly kid: string;
  /** Thumbprint of the key that the backend has; absent where it could not be asked. */
  readonly thumbprint?: string;
  /** Why the backend failed when it was asked; absent where it did not, or was not asked. */
  readonly failure?: string;
  /** Milliseconds since 1970-01-01T00:00:00Z of its last signature, where somebody knows. */
  readonly lastUsed?: number;
}

/** What the doctor goes by; ages in days. */
export interface DoctorOptions {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  readonly sights?: readonly KeySight[];
  /** Development keys are errors. */
  readonly production?: boolean;
  /** Default 365. */
  readonly warnAge?: number;
  /** Default 1,095. */
  readonly errorAge?: number;
  /** An end within so many days is a warning. Default 30. */
  readonly warnEnd?: number;
  /** A key that has not signed for so many days is unused. Default 90. */
  readonly unused?: number;
}

const DAY = 86_400_000;
const days = (milliseconds: number): number => Math.floor(milliseconds / DAY);

function checkRegistry(registry: Registry, { now, warnEnd = 30 }: DoctorOptions): DoctorFinding[] {
  const findings: DoctorFinding[] = [];
  const left = days(Date.parse(registry.expires) - now);
  if (registry.isExpired(now))
    findings.push({ severity: 'error', code: 'registry-expired', message: `the registry expired at ${registry.expires}` });
  else if (left <= warnEnd)
    findings.push({ severity: 'warning', code: 'registry-expires', message: `the registry expires in ${left} days` });
  if (registry.threshold === 1) {
    findings.push({ severity: 'note', code: 'single-root', message: 'one root alone can make the next version' });
  }
  const spare = registry.roots.length - registry.threshold;
  if (spare === 0) {
    findings.push({ severity: 'warning', code: 'no-spare-root', message: 'every root is needed: the loss of one ends the registry' });
  }
  return findings;
}

function checkAge(signer: RegisteredSigner, { now, warnAge = 365, errorAge = 1095, warnEnd = 30 }: DoctorOptions): DoctorFinding[] {
  const { kid, validFrom, validUntil, status } = signer;
  const findings: DoctorFinding[] = [];
  const age = days(now - Date.parse(validFrom));
  if (status === 'active' && age >= warnAge) {
    findings.push({
      severity: age >= errorAge ? 'error' : 'warning',
      code: 'key-old',
      kid,
      message: `the key is ${age} days old: rotate it`,
    });
  }
  if (status === 'pending' && age >= warnEnd) {
    findings.push({
      severity: 'warning',
      code: 'key-pending',
      kid,
      message: `the key has been pending for ${age} days: activate or retire it`,
    });
  }
  if (status !== 'active' || validUntil === undefined) return findings;
  const left = days(Date.parse(validUntil) - now);
  if (left < 0)
    findings.push({ severity: 'error', code: 'key-ended', kid, message: `the key is active and its window ended at ${validUntil}` });
  else if (left <= warnEnd) findings.push({ severity: 'warning', code: 'key-ends', kid, message: `the key’s window ends in ${left} days` });
  return findings;
}

function checkKey(signer: RegisteredSigner, { production = false }: DoctorOptions): DoctorFinding[] {
  const { kid, algorithm, key, purposes, emergency } = signer;
  const findings: DoctorFinding[] = [];
  if (isDevelopmentKey(signer)) {
    findings.push({
      severity: production ? 'error' : 'note',
      code: 'key-development',
      kid,
      message: 'a development key, which production refuses',
    });
  }
  if ((algorithm === 'RS256' || algorithm === 'PS256') && base64urlDecode(key.jwk.n!, 'n').length < 384) {
    findings.push({ severity: 'warning', code: 'key-weak', kid, message: 'RSA below 3,072 bits: replace it by 2030' });
  }
  if (purposes.includes('checkpoint') && algorithm !== 'Ed25519') {
    findings.push({
      severity: 'note',
      code: 'not-witnessable',
      kid,
      message: `checkpoints signed with ${algorithm} are not witnessable: witnesses take Ed25519`,
    });
  }
  if (emergency !== undefined) {
    findings.push({ severity: 'warning', code: 'key-emergency', kid, message: 'an emergency signer is in use: rotate to a regular one' });
  }
  return findings;
}

function checkSight(signer: RegisteredSigner, sight: KeySight | undefined, { now, unused = 90 }: DoctorOptions): DoctorFinding[] {
  if (sight === undefined) return [];
  const { kid } = signer;
  const findings: DoctorFinding[] = [];
  if (sight.thumbprint !== undefined && sight.thumbprint !== signer.key.thumbprint) {
    findings.push({
      severity: 'error',
      code: 'key-drift',
      kid,
      message: `the backend has another key (${sight.thumbprint}) than the registry`,
    });
  }
  if (sight.failure !== undefined) {
    findings.push({ severity: 'error', code: 'backend-failing', kid, message: `the backend fails: ${sight.failure}` });
  }
  const idle = sight.lastUsed === undefined ? 0 : days(now - sight.lastUsed);
  if (idle >= unused)
    findings.push({ severity: 'warning', code: 'key-unused', kid, message: `the key has not signed for ${idle} days: retire it` });
  return findings;
}

/**
 * Looks for what Security should do about a registry (`audit-signers doctor`): ages, ends, weak and unused keys, drift between registry and
 * backend, backends that fail.
 *
 * @returns findings, errors first; none where all is well
 * @example examineRegistry(registry, { now: Date.now() }).filter(({ severity }) => severity === 'error')
 */
export function examineRegistry(registry: Registry, options: DoctorOptions): DoctorFinding[] {
  const sights = new Map(options.sights?.map((sight) => [sight.kid, sight]));
  const findings = checkRegistry(registry, options);
  for (const signer of registry.signers) {
    if (signer.status !== 'active' && signer.status !== 'pending') continue;
    findings.push(...checkAge(signer, options), ...checkSight(signer, sights.get(signer.kid), options));
    if (signer.status === 'active') findings.push(...checkKey(signer, options));
  }
  const order: readonly Severity[] = ['error', 'warning', 'note'];
  return findings.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}
