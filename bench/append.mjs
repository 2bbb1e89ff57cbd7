// Appending to PostgreSQL: everything settled, fsync on, ratios within one run. Options: sections (alone callers flight signer outbox
// import growth; all of them without one), --seconds=N a case, --full.
import { openBed, Table } from './lib/append-bed.mjs';
import { SECTIONS } from './lib/append-sections.mjs';

const names = process.argv.slice(2).filter((name) => !name.startsWith('--'));
const option = (name) => process.argv.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1];
const unknown = names.filter((name) => !(name in SECTIONS));
if (unknown.length > 0) {
  console.error(`no such section: ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`);
  process.exit(2);
}
const bed = await openBed();
if (typeof bed === 'string') {
  console.log(`append: skipped, ${bed}`);
  process.exit(0);
}
const seconds = Number(option('seconds') ?? 2);
console.log(
  `${bed.server.version}, fsync on, payloads of 250 bytes, settled: durable and signed (local Ed25519); ${seconds} s a case and round\n`,
);
const table = new Table();
for (const name of names.length > 0 ? names : Object.keys(SECTIONS)) {
  await SECTIONS[name]({ bed, table, seconds, full: process.argv.includes('--full') });
}
await bed.close();
