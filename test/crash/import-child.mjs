// Imports a file into a log and tells the parent of every settled event; the parent kills it somewhere in the middle.
import { writeSync } from 'node:fs';
import { checkImport, importFile } from '@countersign/audit-chain/node/import/import';
import { openLog } from '../../packages/verify-cli/src/node/log/open.ts';

const [, , folder, file] = process.argv;
const log = await openLog(folder);
const check = await checkImport(file, log.chain.id);
// One write for each settled event: what the parent has read was acknowledged.
await importFile(log.chain, file, check, ({ seq, id }) => writeSync(1, `${seq} ${id}\n`));
await log.close();
