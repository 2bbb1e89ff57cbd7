import { unexpected } from '../../errors.ts';

/** Where a signer is, as `--signer` and `AUDIT_SIGNER` name it (`docs/spec/signers.md` §9). */
export type SignerUri =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'kms'; readonly arn: string }
  | { readonly kind: 'proxy'; readonly url: string; readonly kid: string }
  | { readonly kind: 'pkcs11'; readonly label: string };

/**
 * Reads a signer URI: `file:PATH`, `awskms:ARN`, `proxy+https://HOST[:PORT][/PATH]#KID` or `pkcs11:LABEL`.
 *
 * @throws RegistryError ERR_SIGNER_URI
 * @example parseSignerUri('proxy+https://signer.example.com#log-1').kind // 'proxy'
 */
export function parseSignerUri(uri: string): SignerUri {
  const colon = uri.indexOf(':');
  const [scheme, rest] = [uri.slice(0, Math.max(colon, 0)), uri.slice(colon + 1)];
  const refuse = (): never => {
    // A URL may hold a password, so only the scheme is shown.
    throw unexpected(
      'ERR_SIGNER_URI',
      'signer',
      'file:PATH, awskms:ARN, proxy+https://HOST#KID or pkcs11:LABEL',
      `${scheme.slice(0, 20)}:…`,
    );
  };
  if (rest === '') return refuse();
  if (scheme === 'file') return { kind: 'file', path: rest };
  if (scheme === 'pkcs11') return { kind: 'pkcs11', label: rest };
  // An alias can be moved to another key without a trace.
  if (scheme === 'awskms') return /^arn:[a-z0-9-]+:kms:.*:key\//.test(rest) ? { kind: 'kms', arn: rest } : refuse();
  const [url, kid = '', ...more] = uri.slice('proxy+'.length).split('#');
  if ((scheme === 'proxy+https' || scheme === 'proxy+http') && kid !== '' && more.length === 0) return { kind: 'proxy', url: url!, kid };
  return refuse();
}
