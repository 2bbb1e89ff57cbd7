// Appending to PostgreSQL: everything settled, fsync on, ratios within one run. Options: sections (alone callers flight signer outbox
// import growth; all of them without one), --seconds=N a case, --full.
import { openBed, Table } from './lib/append-bed.mjs';
import { SECTIONS } from './lib/append-sections.mjs';
import { readCount, readOptions } from './lib/options.mjs';

const all = Object.keys(SECTIONS);
const { values, positionals, refuse } = readOptions(
  `append.mjs [${all.join('|')}…] [--seconds=N] [--full]`,
  { seconds: { type: 'string' }, full: { type: 'boolean', default: false } },
  all.length,
);
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) refuse(`no such section: ${unknown.join(', ')}`);
const seconds = readCount(values.seconds, 2, refuse);
const bed = await openBed();
if (typeof bed === 'string') {
  console.log(`append: skipped, ${bed}`);
  process.exit(0);
}
console.log(
  `${bed.server.version}, fsync on, payloads of 250 bytes, settled: durable and signed (local Ed25519); ${seconds} s a case and round\n`,
);
const table = new Table();
for (const name of positionals.length > 0 ? positionals : all) {
  await SECTIONS[name]({ bed, table, seconds, full: values.full });
}
await bed.close();
