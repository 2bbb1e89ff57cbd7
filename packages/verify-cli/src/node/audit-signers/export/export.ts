import { replaceFile } from '@countersign/audit-chain/node/file/replace';
import { exportAllowedSigners } from '@countersign/signer-registry/export/allowed-signers';
import { exportJson } from '@countersign/signer-registry/export/json';
import { exportJwks } from '@countersign/signer-registry/export/jwks';
import { exportPem } from '@countersign/signer-registry/export/pem';
import { exportVkeys } from '@countersign/signer-registry/export/vkey';
import { requireSigner } from '@countersign/signer-registry/operations/change';
import { parseChainId } from '@countersign/proof-core/record/chain-id';
import { CliError } from '../../errors.ts';
import { readRegistry } from '../../log/open.ts';
import { readPurpose, registryPath } from '../registry/flags.ts';

export interface ExportFlags {
  readonly registry?: string;
  readonly format: string;
  readonly purpose?: string;
  readonly chain?: string;
  readonly revoked?: boolean;
  readonly out?: string;
  readonly dryRun?: boolean;
}

/** Runs `audit-signers export`. */
export async function exportSigners(kid: string | undefined, flags: ExportFlags): Promise<void> {
  const registry = await readRegistry(registryPath(flags));
  if (kid !== undefined) requireSigner(registry, kid);
  const selection = {
    ...(kid === undefined ? {} : { kid }),
    ...(flags.purpose === undefined ? {} : { purpose: readPurpose(flags.purpose) }),
  };
  const chain = flags.chain === undefined ? {} : { chain: parseChainId(flags.chain, '--chain') };
  const formats: Readonly<Record<string, () => string>> = {
    jwks: () => `${JSON.stringify(exportJwks(registry, { ...selection, revoked: flags.revoked === true }), null, 2)}\n`,
    pem: () => exportPem(registry, selection),
    vkey: () => exportVkeys(registry, { ...selection, ...chain }),
    json: () => `${JSON.stringify(exportJson(registry, selection), null, 2)}\n`,
    'allowed-signers': () => exportAllowedSigners(registry, selection),
  };
  if (!Object.hasOwn(formats, flags.format)) {
    throw new CliError('ERR_CLI_OPTION', `--format: expected one of ${Object.keys(formats).join(', ')}`, '--format');
  }
  const text = formats[flags.format]!();
  if (text === '') process.stderr.write(`warning: no signer has the format ${flags.format}\n`);
  if (flags.out === undefined) process.stdout.write(text);
  else if (flags.dryRun !== true) await replaceFile(flags.out, text, 0o644);
}
