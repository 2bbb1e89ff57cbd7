import { unexpected } from '../../errors.ts';

/** What the environment demands of signing. */
export interface SigningSettings {
  /** `NODE_ENV` is `production`. */
  readonly production: boolean;
  /** `REQUIRE_KMS`. */
  readonly requireKms: boolean;
  /** `REQUIRE_SIGNING_PROXY`. */
  readonly requireSigningProxy: boolean;
  /** Variables that are set and no longer mean anything, each with the one to use. */
  readonly warnings: readonly string[];
}

const TRUE = ['1', 'true', 'y', 'yes'];
const FALSE = ['', '0', 'false', 'n', 'no'];
/** Names from older deployments for what `AUDIT_SIGNER` and the registry's `backend` say now. */
const OLD = ['AUDIT_SIGNING_KMS_KEY_ID', 'AWS_KMS_KEY_ID', 'KMS_KEY_ID', 'MARKETPLACE_KMS_KEY_ID', 'AUDIT_SIGNING_ALG'];

function readFlag(environment: Readonly<Record<string, string | undefined>>, name: string): boolean {
  const text = (environment[name] ?? '').trim().toLowerCase();
  if (TRUE.includes(text)) return true;
  // A typing mistake must not switch a guard off.
  if (!FALSE.includes(text)) throw unexpected('ERR_PRODUCTION', name, 'true or false', 'something else');
  return false;
}

/**
 * Reads what the environment demands of signing: `NODE_ENV`, `REQUIRE_KMS`, `REQUIRE_SIGNING_PROXY` (true, 1, yes, y).
 *
 * @throws RegistryError ERR_PRODUCTION a flag that is neither true nor false
 * @example readSigningSettings(process.env)
 */
export function readSigningSettings(environment: Readonly<Record<string, string | undefined>>): SigningSettings {
  return {
    production: environment['NODE_ENV'] === 'production',
    requireKms: readFlag(environment, 'REQUIRE_KMS'),
    requireSigningProxy: readFlag(environment, 'REQUIRE_SIGNING_PROXY'),
    warnings: OLD.filter((name) => (environment[name] ?? '') !== '').map(
      (name) => `${name} is not read: the key ARN and algorithm stand in the registry, AUDIT_SIGNER names the signer`,
    ),
  };
}
