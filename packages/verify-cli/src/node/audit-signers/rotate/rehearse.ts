import { openSigner } from '@countersign/signer-registry/node/signer/open';
import { requireSigner, requireStatus } from '@countersign/signer-registry/operations/change';
import { probeSigner } from '@countersign/signer-registry/signer/probe';
import { CliError } from '../../errors.ts';
import { signerEnvironment } from '../../signer/environment.ts';
import { openRegistry } from '../registry/context.ts';
import type { RotateFlags } from './rotate.ts';

/** As many probes as show that it was no accident. */
const PROBES = 3;

/** Has the new key sign probes and verifies them against the registry; writes nothing. */
export async function rehearse(from: string, flags: RotateFlags): Promise<void> {
  if (flags.signer === undefined) throw new CliError('ERR_CLI_OPTION', '--rehearse: needs --signer URI: where the new key is', '--signer');
  const { registry } = await openRegistry(flags);
  const [old, entry] = [requireSigner(registry, from), requireSigner(registry, flags.to)];
  requireStatus(entry, 'pending', 'active');
  const missing = old.purposes.filter((purpose) => !entry.purposes.includes(purpose));
  if (missing.length > 0)
    throw new CliError('ERR_CLI_OPTION', `--to: ${entry.kid} is not for ${missing.join(', ')} as ${old.kid} is`, '--to');
  const options = { registry: () => registry, rehearsal: true, ...(await signerEnvironment([flags.signer])) };
  const signer = await openSigner(flags.signer, options);
  try {
    if (signer.kid !== entry.kid) throw new CliError('ERR_CLI_OPTION', `--signer: expected ${entry.kid}, got ${signer.kid}`, '--signer');
    for (let i = 1; i < PROBES; i++) await probeSigner(signer, entry);
  } finally {
    await signer.close?.();
  }
  const result = { schemaVersion: 1, kid: entry.kid, thumbprint: entry.key.thumbprint, status: entry.status, probes: PROBES };
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(result, null, 2)}\n`
      : `${entry.kid} signed ${PROBES} probes that verify against version ${registry.version}\nnext: audit-signers activate ${entry.kid}\n`,
  );
}
