import { unexpected } from '../errors.ts';

/** Where a private key lives. */
export type BackendKind = 'file' | 'offline' | 'kms' | 'proxy' | 'pkcs11';

const KMS_ARN = /^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]{1,64}$/;
const PROXY = /^https?:\/\/[^\s@?#]{1,300}$/;
const LABEL = /^[^\p{Cc}]{1,300}$/u;

/**
 * Reads the member `backend` (`docs/spec/signers.md` §6): `file`, `offline`, `kms:<key ARN>`, `proxy:<URL>` or `pkcs11:<label>`.
 *
 * A KMS alias is refused: it can be moved to another key without a trace.
 *
 * @throws RegistryError ERR_REGISTRY_BACKEND
 * @example checkBackend('file', 'backend') // 'file'
 */
export function checkBackend(text: string, field: string): string {
  const refuse = (expected: string): never => {
    throw unexpected('ERR_REGISTRY_BACKEND', field, expected, text);
  };
  const kind = backendKind(text);
  const locator = text.slice(kind === undefined ? 0 : kind.length + 1);
  if (kind === undefined) return refuse('file, offline, kms:<key ARN>, proxy:<URL> or pkcs11:<label>');
  if ((kind === 'file' || kind === 'offline') && text !== kind) refuse(`${kind}, and nothing after it`);
  if (kind === 'kms' && !KMS_ARN.test(locator)) refuse('the ARN of a key (no alias, no bare id)');
  if (kind === 'proxy' && !PROXY.test(locator)) refuse('an http(s) URL without credentials, query or fragment');
  if (kind === 'pkcs11' && !LABEL.test(locator)) refuse('the label of a key');
  return text;
}

/**
 * Names the kind of a backend.
 *
 * @example backendKind('kms:arn:aws:kms:eu-west-1:111122223333:key/1234') // 'kms'
 */
export function backendKind(backend: string): BackendKind | undefined {
  const kind = backend.split(':', 1)[0];
  return kind === 'file' || kind === 'offline' || kind === 'kms' || kind === 'proxy' || kind === 'pkcs11' ? kind : undefined;
}
