import { unexpected } from '@countersign/signer-registry/errors';
import type { Pkcs11Like } from '@countersign/signer-registry/node/pkcs11/types';
import type { OpenOptions } from '@countersign/signer-registry/node/signer/open';
import { wrapSigner } from '@countersign/signer-registry/signer/wrap';
import { CliError } from '../errors.ts';

function variable(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  throw new CliError('ERR_CLI_SIGNER', `${name}: expected to be set for pkcs11:`, name);
}

/** The binding is native code that whoever needs it installs; its name is no import that a bundler follows. */
async function loadBinding(): Promise<Pkcs11Like> {
  const name: string = process.env['PKCS11_BINDING'] ?? 'pkcs11js';
  try {
    const module = (await import(name)) as { default?: { PKCS11?: new () => Pkcs11Like }; PKCS11?: new () => Pkcs11Like };
    const binding = module.PKCS11 ?? module.default?.PKCS11;
    if (binding !== undefined) return new binding();
  } catch (cause) {
    if (!String((cause as { code?: unknown }).code).endsWith('MODULE_NOT_FOUND')) throw cause;
  }
  throw unexpected('ERR_SIGNER_PACKAGE', 'signer', 'the package pkcs11js to be installed', 'none');
}

/**
 * Opens signers of the token that PKCS11_LIBRARY, PKCS11_TOKEN and PKCS11_PIN name.
 *
 * @throws from the opener: CliError ERR_CLI_SIGNER a variable is missing; RegistryError ERR_SIGNER_PACKAGE, ERR_BACKEND_…
 */
export function pkcs11Opener(): NonNullable<OpenOptions['pkcs11']> {
  return async (label, entry) => {
    const options = { library: variable('PKCS11_LIBRARY'), token: variable('PKCS11_TOKEN'), pin: variable('PKCS11_PIN') };
    const { openToken } = await import('@countersign/signer-registry/node/pkcs11/signer');
    const token = openToken(await loadBinding(), options);
    const inner = token.signer(label, entry);
    const closing = { ...inner, close: () => Promise.resolve(token.close()) };
    return wrapSigner(closing, (request) => inner.sign(request));
  };
}
