// Runs `audit-chain restore` and kills itself at the n-th thing that it does to the disk.
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const [, , at, ...argv] = process.argv;
let done = 0;
const counted = (module, name) => {
  const work = module[name];
  module[name] = (...args) => {
    if (++done === Number(at)) process.kill(process.pid, 'SIGKILL');
    return work(...args);
  };
};
for (const name of ['fsyncSync', 'ftruncateSync', 'mkdirSync', 'renameSync', 'unlinkSync', 'writeSync']) counted(fs, name);
for (const name of ['mkdir', 'open', 'rename']) counted(promises, name);
syncBuiltinESMExports();

const { auditChain } = await import('../../packages/verify-cli/src/node/audit-chain/program.ts');
process.exitCode = await auditChain(argv);
