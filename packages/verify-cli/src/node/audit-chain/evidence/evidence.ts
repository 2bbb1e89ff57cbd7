import { packEvidence } from '@countersign/audit-chain/evidence/pack';
import { newFile } from '../../command/new-file.ts';
import { CliError } from '../../errors.ts';
import { openArchive } from '../../log/archive.ts';
import { openExporting } from '../../log/exporter.ts';
import type { LogOptions } from '../../log/options.ts';

interface Options extends LogOptions {
  readonly subject?: string;
  readonly actor?: string;
  readonly type?: string;
  readonly archive?: string;
  readonly includePrivate?: boolean;
  readonly out: string;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/**
 * Runs `audit-chain evidence`: what a log holds about something, in one file that can be checked offline.
 *
 * @throws CliError ERR_CLI_OPTION, ERR_CLI_FILE, ERR_CLI_SIGNER; ChainError as `packEvidence`
 */
export async function evidence(log: string, options: Options): Promise<void> {
  const { subject, actor, type, out } = options;
  const filter = {
    ...(actor === undefined ? {} : { actor }),
    ...(subject === undefined ? {} : { subject }),
    ...(type === undefined ? {} : { type }),
  };
  if (Object.keys(filter).length === 0) throw new CliError('ERR_CLI_OPTION', 'evidence of what? --subject, --actor or --type', '--subject');
  const archive = options.archive === undefined ? undefined : await openArchive(options.archive);
  try {
    const { store, signers, registry, registryBytes, exporter, close } = await openExporting(log, options);
    const file = await newFile(out, '--out');
    try {
      const named = { digest: registry.digest, version: registry.version, bytes: registryBytes };
      const parts = { store, signers, resolver: registry, registry: named, exporter, filter, now: new Date().toISOString() };
      const more = { includePrivate: options.includePrivate === true, ...(archive === undefined ? {} : { archive: archive.source }) };
      const counts = await packEvidence({ ...parts, ...more }, (bytes) => file.write(bytes));
      await file.finish();
      process.stdout.write(`packed ${counted(counts.records, 'record')} of ${store.chain} into ${out}, with the registry, `);
      process.stdout.write(`${counted(counts.signers, 'signer event')} and ${counted(counts.manifests, 'manifest')}\n`);
      if (counts.private > 0) process.stdout.write(`It holds ${counted(counts.private, 'private value')}: treat it as personal data.\n`);
    } finally {
      await file.discard();
      await close();
    }
  } finally {
    await archive?.close();
  }
}
