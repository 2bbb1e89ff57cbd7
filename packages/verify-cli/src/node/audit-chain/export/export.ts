import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { exportRecords } from '@countersign/audit-chain/extract/export';
import { gzipMember } from '@countersign/audit-chain/node/archive/gzip';
import { extractDocument } from '@countersign/audit-chain/node/verify/extract-files';
import { readBound } from '../../audit-verify/bound.ts';
import { newFile } from '../../command/new-file.ts';
import { CliError } from '../../errors.ts';
import { openExporting } from '../../log/exporter.ts';
import type { LogOptions } from '../../log/options.ts';

interface Options extends LogOptions {
  readonly from?: string;
  readonly to?: string;
  readonly out: string;
}

/**
 * Runs `audit-chain export`: a range of records with the signed proof that it is in the log without a gap.
 *
 * @throws CliError ERR_CLI_OPTION, ERR_CLI_FILE, ERR_CLI_SIGNER; ChainError as `exportRecords`
 */
export async function exportExtract(log: string, options: Options): Promise<void> {
  const { from, to, out } = options;
  const beside = extractDocument(out);
  if (beside === undefined || !out.endsWith('.gz'))
    throw new CliError('ERR_CLI_OPTION', '--out: expected a name that ends in .jsonl.gz', '--out');
  const range = {
    ...(from === undefined ? {} : { from: readBound(from, '--from') }),
    ...(to === undefined ? {} : { to: readBound(to, '--to') }),
  };
  for (const path of [out, beside]) if (existsSync(path)) throw new CliError('ERR_CLI_FILE', `--out: ${path} is already there`, '--out');
  const { store, signers, registry, exporter, close } = await openExporting(log, options);
  const records = await newFile(out, '--out');
  const document = await newFile(beside, '--out');
  try {
    const parts = { store, signers, resolver: registry, exporter, gzip: gzipMember, now: new Date().toISOString(), ...range };
    const named = { registry: { digest: registry.digest, version: registry.version } };
    const extract = await exportRecords({ ...parts, ...named }, (bytes) => records.write(bytes));
    await document.write(extract.document);
    await records.finish();
    try {
      await document.finish();
    } catch (error) {
      await rm(out);
      throw error;
    }
    process.stdout.write(`exported records ${extract.first} to ${extract.last} of ${store.chain} to ${out}\n`);
    process.stdout.write(`The proof is ${beside}; the two belong together.\n`);
  } finally {
    await records.discard();
    await document.discard();
    await close();
  }
}
