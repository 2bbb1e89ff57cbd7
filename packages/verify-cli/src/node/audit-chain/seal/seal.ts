import { sealChain } from '@countersign/audit-chain/archive/seal';
import { folderTarget } from '@countersign/audit-chain/node/archive/folder-target';
import { gzipMember } from '@countersign/audit-chain/node/archive/gzip';
import { openLog } from '../../log/open.ts';
import type { LogOptions } from '../../log/options.ts';
import { CliError } from '../../errors.ts';
import { VERSION } from '../../version.ts';

interface Options extends LogOptions {
  readonly to: string;
}

export async function seal(log: string, options: Options): Promise<void> {
  const folder = options.to;
  const target = folderTarget(folder);
  const opened = await openLog(log, options);
  try {
    const { store, segmentSigners, registry } = opened;
    if (segmentSigners.length === 0) throw new CliError('ERR_CLI_SIGNER', 'signer: none of them is registered for segments', 'signer');
    const sealing = sealChain({
      store,
      target,
      signers: segmentSigners,
      resolver: registry,
      registry: { digest: registry.digest, version: registry.version },
      exporter: { env: process.env['AUDIT_ENV'] ?? 'dev', pii_policy_version: '1', service: 'countersign', version: VERSION },
      gzip: gzipMember,
      now: new Date().toISOString(),
    });
    let segments = 0;
    for await (const { first, last, key } of sealing) {
      process.stdout.write(`sealed records ${first} to ${last} as ${key}\n`);
      segments++;
    }
    if (segments === 0) process.stdout.write('nothing new to seal\n');
    else if (!target.isWriteOnce)
      process.stdout.write(`The archive ${folder} is a directory, not write-once storage: only signatures protect it.\n`);
  } finally {
    await opened.close();
  }
}
