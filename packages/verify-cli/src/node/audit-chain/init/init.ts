import { type InitOptions, initLog } from '../../log/init.ts';

export async function init(log: string, options: InitOptions): Promise<void> {
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
