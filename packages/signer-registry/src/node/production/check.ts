import type { HighWaterMark, Signer } from '@countersign/proof-core/ports';
import { RegistryError } from '../../errors.ts';
import { backendKind } from '../../registry/backend.ts';
import { isDevelopmentKey } from '../../registry/purpose.ts';
import type { Registry } from '../../registry/registry.ts';
import { reasonOf } from '../../signer/hooks.ts';
import { probeSigner } from '../../signer/probe.ts';
import type { SigningSettings } from './settings.ts';

/** What a service signs with. */
export interface SigningParts {
  /** Absent where none is configured (`AUDIT_SIGNERS`). */
  readonly registry?: Registry;
  /** Absent where none is configured (`AUDIT_SIGNER`). */
  readonly signers?: readonly Signer[];
  /** Absent where none is configured (`AUDIT_MARK`). */
  readonly mark?: HighWaterMark;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  readonly signal?: AbortSignal;
}

/** Why a service must not sign yet, and which variable to set right. */
export interface SigningObstacle {
  readonly variable: string;
  readonly message: string;
}

function checkBackend(settings: SigningSettings, kid: string, backend: string): SigningObstacle[] {
  const { requireKms, requireSigningProxy } = settings;
  const allowed = [...(requireKms ? ['kms'] : []), ...(requireSigningProxy ? ['proxy'] : [])];
  if (allowed.length === 0 || allowed.includes(backendKind(backend) ?? '')) return [];
  const variable = requireKms ? 'REQUIRE_KMS' : 'REQUIRE_SIGNING_PROXY';
  return [{ variable, message: `${kid} is in ${backendKind(backend) ?? 'no known backend'}, not in ${allowed.join(' or ')}` }];
}

async function checkSigner(
  settings: SigningSettings,
  registry: Registry,
  signer: Signer,
  signal?: AbortSignal,
): Promise<SigningObstacle[]> {
  const entry = registry.signer(signer.kid);
  if (entry === undefined) return [{ variable: 'AUDIT_SIGNERS', message: `${signer.kid} is not in registry version ${registry.version}` }];
  const obstacles = checkBackend(settings, entry.kid, entry.backend);
  if (settings.production && isDevelopmentKey(entry)) {
    obstacles.push({ variable: 'AUDIT_SIGNER', message: `${entry.kid} is a development key` });
  }
  if (entry.status !== 'active') obstacles.push({ variable: 'AUDIT_SIGNERS', message: `${entry.kid} is ${entry.status}` });
  try {
    await probeSigner(signer, entry, signal === undefined ? {} : { signal });
  } catch (error) {
    obstacles.push({ variable: 'AUDIT_SIGNER', message: `${entry.kid} did not sign a probe: ${reasonOf(error)}` });
  }
  return obstacles;
}

/**
 * Tells what stands in the way of signing in earnest: a backend that is demanded and not used, not reachable or not proven, a key that is not
 * registered or not active, a development key, a registry that is stale, no high-water mark.
 *
 * Without a demand and outside production only what is configured is looked at.
 *
 * @returns every obstacle; none where the service may start and is ready
 * @example const obstacles = await inspectSigning(readSigningSettings(process.env), { registry, signers, mark, now: Date.now() });
 */
export async function inspectSigning(settings: SigningSettings, parts: SigningParts): Promise<SigningObstacle[]> {
  const { registry, signers = [], mark, now, signal } = parts;
  const { production, requireKms, requireSigningProxy } = settings;
  const demanded = production || requireKms || requireSigningProxy;
  const obstacles: SigningObstacle[] = [];
  if (production && !requireKms && !requireSigningProxy) {
    obstacles.push({ variable: 'REQUIRE_KMS', message: 'production needs REQUIRE_KMS=true or REQUIRE_SIGNING_PROXY=true' });
  }
  if (demanded && signers.length === 0) obstacles.push({ variable: 'AUDIT_SIGNER', message: 'no signer is configured' });
  if (demanded && mark === undefined) obstacles.push({ variable: 'AUDIT_MARK', message: 'no high-water mark is configured' });
  if (registry === undefined) {
    if (demanded || signers.length > 0) obstacles.push({ variable: 'AUDIT_SIGNERS', message: 'no signer registry is configured' });
    return obstacles;
  }
  if (demanded && registry.isExpired(now)) {
    obstacles.push({ variable: 'AUDIT_SIGNERS', message: `registry version ${registry.version} expired at ${registry.expires}` });
  }
  for (const signer of signers) obstacles.push(...(await checkSigner(settings, registry, signer, signal)));
  return obstacles;
}

/**
 * Refuses to start a service that could not sign in earnest (see `inspectSigning`).
 *
 * @throws RegistryError ERR_PRODUCTION; `field` is the first variable to set right, the message has them all
 * @example await requireSigning(readSigningSettings(process.env), { registry, signers, mark, now: Date.now() });
 */
export async function requireSigning(settings: SigningSettings, parts: SigningParts): Promise<void> {
  const [first, ...others] = await inspectSigning(settings, parts);
  if (first === undefined) return;
  const message = [first, ...others].map(({ variable, message: text }) => `${variable}: ${text}`).join('; ');
  throw new RegistryError('ERR_PRODUCTION', message, { field: first.variable, actual: first.message });
}
