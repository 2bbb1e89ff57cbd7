import { parseLegacySigners } from '@countersign/signer-registry/legacy/parse';
import { importSigners } from '@countersign/signer-registry/operations/import';
import { formatRegistryPayload, nextRegistry } from '@countersign/signer-registry/registry/make';
import { parseRegistryPayload } from '@countersign/signer-registry/registry/parse-payload';
import { checkSuccession } from '@countersign/signer-registry/registry/successor';
import { CliError } from '../../errors.ts';
import type { Purpose } from '@countersign/proof-core/ports';
import { openRegistry } from '../registry/context.ts';
import { readNamed } from '../../command/named-file.ts';
import { type VersionFlags, readPair, readPurpose, readTime } from '../registry/flags.ts';
import { propose } from '../registry/propose.ts';

export interface ImportFlags extends VersionFlags {
  readonly purpose: readonly string[];
  readonly chain: readonly string[];
  readonly operator?: string;
  readonly backend?: string;
  readonly validFrom: string;
}

const WHY = {
  hmac: 'an HMAC secret is no public key: what it made is unsigned for audit purposes',
  'no-purpose': 'nobody says what it is for: --purpose KID=PURPOSE',
  twice: 'the same key stands there under another kid',
} as const;

/** Runs `audit-signers import`: signers as they were written down before, as a next version. */
export async function importLegacy(file: string, flags: ImportFlags): Promise<void> {
  const legacy = parseLegacySigners(await readNamed(file, 'FILE'));
  const { registry, context } = await openRegistry(flags);
  const purposes = Object.fromEntries<Purpose>(
    flags.purpose.map((text) => {
      const [kid, purpose] = readPair(text, '--purpose');
      return [kid, readPurpose(purpose)];
    }),
  );
  const { signers, skipped } = importSigners({
    legacy,
    purposes,
    chains: flags.chain,
    operator: flags.operator ?? '',
    validFrom: readTime(flags.validFrom, '--valid-from'),
    now: context.now,
    ...(flags.backend === undefined ? {} : { backend: flags.backend }),
  });
  const warnings = skipped.map(({ kid, reason }) => `${kid} is left out: ${WHY[reason]}`);
  if (signers.length === 0) {
    throw new CliError('ERR_CLI_OPTION', `nothing to import: ${warnings.join('; ') || `${file} has no signer`}`, 'FILE');
  }
  const issuedAt = new Date(context.now).toISOString();
  const expires = context.expires === undefined ? {} : { expires: context.expires };
  const members = nextRegistry(registry, { issuedAt, ...expires, signers: [...registry.members.signers, ...signers] });
  const next = parseRegistryPayload(formatRegistryPayload(members), registry);
  checkSuccession(registry, next);
  await propose(flags, { before: registry, next, warnings });
}
