import { isPostgresUrl, showUrl } from '@countersign/audit-chain/node/postgres/open';
import { type InitOptions, initLog } from '../../log/init.ts';
import { initServerLog } from '../../log/init-server.ts';

export async function init(log: string, options: InitOptions): Promise<void> {
  if (isPostgresUrl(log)) return await initServer(log, options);
  const chain = await initLog(log, options);
  const path = log.replace(/\/+$/, '');
  if (options.signers !== undefined) {
    process.stdout.write(`Created the log ${path}/ with the chain ${chain}, under the registry ${options.signers}\n`);
    return;
  }
  process.stdout.write(`Created the log ${path}/ with the chain ${chain}.
Its keys are development keys in files: whoever reads them can sign. Auditors need only ${path}/signers.json.

Next:
  audit-chain append ${path}/ --type order.created --actor user:7f3a --payload '{"amount":1999}'
  audit-verify ${path}/ -s ${path}/signers.json
`);
}

async function initServer(url: string, options: InitOptions): Promise<void> {
  const { chain, signers, isDevelopment } = await initServerLog(url, options);
  const shown = showUrl(url);
  process.stdout.write(`Created the chain ${chain} in ${shown}, under the registry ${signers}\n`);
  if (!isDevelopment) return;
  process.stdout.write(`Its keys are development keys in files: whoever reads them can sign. Auditors need only ${signers}.
Next, with the signer named by --signer or AUDIT_SIGNER:
  audit-chain append ${shown} --chain ${chain} --type order.created --actor user:7f3a --payload '{"amount":1999}'
  audit-chain doctor ${shown} --chain ${chain}
`);
}
