import type { SourceFlags } from '../source.ts';
import type { CommandRow } from './command.ts';
import { OUTSIDE } from './outside.ts';
import { CHAIN, ENDPOINT, ENGINE, JSON_FLAG, PIN, SIGNERS } from './shared.ts';

const TRUST = 'Whom and what to trust';
const INSIST = 'What the verdict insists on';
const RANGE = 'Source and range';
const DEPTH = 'How';
const OUTPUT = 'Output';

/** `audit-verify SOURCE`. */
export const SOURCE: CommandRow<SourceFlags> = {
  args: [
    [
      '[SOURCE]',
      'an archive (a directory or s3://…), a log directory, postgres://…, record lines (JSONL, plain or gzip), - for standard input',
    ],
  ],
  summary: 'Check that an audit log is intact, and that those who signed it were allowed to.',
  detail: `It needs no network, no database and no account; an archive or a receipt needs nothing but Node. \`SOURCE\` is one of

| | |
|---|---|
| an archive directory | what \`audit-chain seal\` writes: segments with index and signed manifest |
| \`s3://BUCKET/PREFIX\` | the same in S3; also says whether every object is locked as its manifest promises |
| a log directory | a folder with \`countersign.json\`; nobody else may have it open |
| \`postgres://…\` | a log in a PostgreSQL database, through one read-only snapshot; the role \`countersign_reader\` is enough |
| a segment's file | one of \`X.jsonl.gz\`, \`X.index.json\`, \`X.manifest.json\`, the others beside it: this segment alone, through the frontier of its index to its signed root; nothing is said about others |
| an extract | \`x.jsonl.gz\` with \`x.extract.json\` beside it, of \`audit-chain export\`: a range that is proven to have no gap (docs/spec/extract.md) |
| an evidence pack | of \`audit-chain evidence\` (docs/spec/evidence-pack.md) |
| another file | record lines, plain or gzip; nothing in it is signed, so that trust comes from \`--previous\` alone |
| \`-\` | record lines or an evidence pack on standard input, plain or gzip |

Only the segments that hold the requested range are read. A partial run says so and never calls the chain verified.`,
  flags: [
    { ...SIGNERS, group: TRUST },
    { ...PIN, group: TRUST },
    {
      flags: '--previous <FILE>',
      group: TRUST,
      help: 'a saved --json report or a checkpoint that the source must continue',
      detail:
        'The source must begin with the tree that it names: else it was forked, rolled back or cut (10). This is what turns "later records cannot be excluded" into a statement.',
    },
    {
      flags: '--predecessor <SOURCE|FILE>',
      group: TRUST,
      help: 'the chain that this one succeeds: a checkpoint or saved report of it, or its archive or database',
      detail:
        'Record 0 must name that chain, at the size and root of the newest checkpoint there is of it: a larger one says that signed records were left out (10); with a smaller one nothing is shown (12). A log folder stands for the one chain that it is set up for; of a database or an archive the chain that record 0 names is read. An extract or an evidence pack is a part, and cannot be judged so.',
    },
    {
      flags: '--save-checkpoint <FILE>',
      group: TRUST,
      help: 'keep the newest trusted checkpoint here for the next run; what is there is --previous',
      detail:
        'Written only when the verdict is *verified*, and never with a smaller size: a file that is there already is what the source must continue. One line in a CI job, and a rollback or fork between two runs cannot pass.',
    },
    ...OUTSIDE.map((flag) => ({ ...flag, group: TRUST })),
    {
      flags: '--max-age <DURATION>',
      group: INSIST,
      help: 'the newest trusted checkpoint must cover a record this young: 90s, 15m, 36h, 7d',
      detail:
        'The age of a checkpoint is that of the last record which it covers, or of the word of pinned witnesses that they have seen none newer. A quiet chain needs heartbeats, or witnesses, for it.',
    },
    {
      flags: '--require <LIST>',
      group: INSIST,
      help: 'what the verdict insists on: anchor, time, worm, private (comma-separated)',
      detail:
        '`anchor`: completeness is *pinned* or *fresh*; `time`: somebody else bounds or attests the time; `worm`: write-once storage meets its policy (13 when the source is none); `private`: every private value is there or was redacted. What cannot be established is 12.',
    },
    { ...CHAIN, group: RANGE },
    { flags: '--from <X>', group: RANGE, help: 'first record: a number, or a time (RFC 3339)' },
    {
      flags: '--to <X>',
      group: RANGE,
      help: 'last record: a number (included), or a time (excluded)',
      detail: 'Times are those at which records entered the chain.',
    },
    { flags: '--since <TIME>', group: RANGE, help: 'the same as --from with a time' },
    { flags: '--limit <N>', group: RANGE, help: 'judge at most N records from the first one asked for' },
    {
      flags: '-d, --database-url <URL>',
      group: RANGE,
      help: 'the same as SOURCE: a database',
      detail: 'The password is never printed; better leave it to PGPASSFILE or the environment.',
    },
    { flags: '-a, --archive <PATH>', group: RANGE, help: 'the same as SOURCE: an archive' },
    {
      group: INSIST,
      flags: '--reconcile <ARCHIVE>',
      help: 'compare the log or database with this archive of it: what one of them lacks or has otherwise',
      detail:
        'Both are verified; segments that the database sealed and the archive no longer has are a truncated tail, which an archive alone cannot show. It also says since when records wait to be sealed.',
    },
    {
      flags: '--checks <LEVEL>',
      group: DEPTH,
      help: 'integrity: hashes, links, tree, signatures; default: and the form of every byte; deep: and repeated ids, every signature',
      choices: ['integrity', 'default', 'deep'],
      default: 'default',
      detail:
        '`integrity` leaves the form out, and the report then says *not checked*. `deep` also finds event ids that come twice (with temporary files, in memory that hardly grows with the chain), takes a second opinion on the form of every record, and checks the signature of every note of a log, not only of the newest under every key; it takes several times as long.',
    },
    { ...ENDPOINT, group: RANGE },
    { ...ENGINE, group: DEPTH },
    {
      flags: '--offline',
      group: DEPTH,
      help: 'refuse every source that needs the network',
      detail: 'Nothing else opens a socket anyway; with this flag nothing can.',
    },
    { flags: '--no-progress', group: OUTPUT, help: 'no progress bar on standard error; there is one on a terminal only' },
    { ...JSON_FLAG, group: OUTPUT },
  ],
  examples: [
    { command: 'audit-verify log/ -s log/signers.json' },
    { command: 'audit-verify archive/ -s signers.json' },
    { command: 'audit-verify archive/ -s signers.json --previous yesterday.json --json > today.json' },
    { command: 'audit-verify archive/ -s signers.json --save-checkpoint newest.checkpoint --require anchor', exitCode: 12 },
    { command: 'audit-verify archive/ -s signers.json --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z', exitCode: 12 },
    { command: 'gunzip -c records.jsonl.gz | audit-verify - --previous checkpoint' },
  ],
  run: async ([source], flags) => await (await import('../source.ts')).verifySource(source, flags),
};
