import type { CommandRow } from '../../src/node/audit-verify/table/command.ts';
import { SUBCOMMANDS } from '../../src/node/audit-verify/table/commands.ts';
import { SOURCE } from '../../src/node/audit-verify/table/source.ts';

const GENERAL = `## Verdict and exit code

| exit | |
|---|---|
| 0 | verified (or the requested part is intact) |
| 10 | integrity violated |
| 11 | a signature does not hold, or its signer is not trusted for it |
| 12 | inconclusive: nothing to verify, range short of the request, no registry, no checkpoint, something required not established |
| 13 | write-once policy not met |
| 14 | the source could not be read |
| 2 | usage or configuration |
| 1 | internal error; never a verdict |

The result goes to standard output, diagnostics and the progress bar to standard error. \`--json\` prints one document
([spec/report.md](spec/report.md)); every finding is explained in [findings.md](findings.md) and by \`audit-verify explain\`. Colours appear on a
terminal only, and not with \`NO_COLOR\`.

Trust comes from what you pin, never from the thing that is verified. A source that has the name of a command is given as a path: \`./receipt\`.

This page is written from the table of commands; a test keeps them equal, and another one runs every example.`;

function commandPart(row: CommandRow): string {
  const name = ['audit-verify', row.name, ...row.args.map(([arg]) => arg)].filter((word) => word !== undefined).join(' ');
  const title = row.name === undefined ? `# ${name}` : `## ${name}`;
  const summary = row.name === undefined ? row.summary : `${row.summary[0]!.toUpperCase()}${row.summary.slice(1)}.`;
  const flags = row.flags.map((flag) => {
    const preset = flag.default === undefined ? '' : ` (default: ${flag.default})`;
    const text = [flag.help + preset, flag.detail].filter((part) => part !== undefined).join('. ');
    return `| \`${flag.flags.replaceAll('|', '\\|')}\` | ${text.replaceAll('|', '\\|')} |`;
  });
  const table = ['| flag | |', '|---|---|', ...flags].join('\n');
  const examples = ['```', ...row.examples.map(({ command }) => command), '```'].join('\n');
  return [title, summary, row.detail, table, examples].join('\n\n');
}

const WITNESS = `## audit-verify witness

Be a witness of somebody else's log: \`audit-verify witness key FILE\` makes a key, \`audit-verify witness serve\` cosigns checkpoints that continue
what it has seen and refuses a second history. Set up and run: [operations/witness.md](operations/witness.md).`;

/** docs/audit-verify.md as the table of commands says it. */
export function commandsPage(): string {
  return `${[commandPart(SOURCE), GENERAL, ...SUBCOMMANDS.map(commandPart), WITNESS].join('\n\n')}\n`;
}
