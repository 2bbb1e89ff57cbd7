import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandPath } from '../../../../test/support/commands.ts';

/** A command of a script with what it must print. */
export interface Step {
  readonly command: string;
  readonly line: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly code: number;
}

/** A text script: files, then commands with their output and exit code. */
export interface Script {
  readonly files: ReadonlyMap<string, string>;
  readonly steps: readonly Step[];
}

/**
 * Reads a script.
 *
 * `-- NAME --` starts a file, `$ ` a command for the shell; its standard output follows as it is, standard error behind `! `, the exit code as
 * `[N]` when it is not 0. Lines with `#` are comments, empty ones separate. In output `<uuid>`, `<hash>`, `<time>`, `<n>` stand for one such
 * value and `…` for anything up to the end of the line.
 */
export function parseScript(text: string): Script {
  const files = new Map<string, string>();
  const steps: { command: string; line: number; stdout: string[]; stderr: string[]; code: number }[] = [];
  let file: string | undefined;
  for (const [i, line] of text.split('\n').entries()) {
    const name = /^-- (.+) --$/.exec(line)?.[1];
    if (name !== undefined) {
      file = name;
      files.set(name, '');
    } else if (line.startsWith('$ ')) {
      file = undefined;
      steps.push({ command: line.slice(2), line: i + 1, stdout: [], stderr: [], code: 0 });
    } else if (file !== undefined) files.set(file, `${files.get(file)!}${line}\n`);
    else if (line !== '' && !line.startsWith('#')) {
      const step = steps.at(-1)!;
      const code = /^\[(\d+)\]$/.exec(line)?.[1];
      if (code !== undefined) step.code = Number(code);
      else if (line.startsWith('! ')) step.stderr.push(line.slice(2));
      else step.stdout.push(line);
    }
  }
  return { files, steps };
}

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  '<uuid>': '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
  '<hash>': '[0-9a-f]{64}',
  '<time>': '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z',
  '<n>': '\\d+',
  '…': '.*',
};

/** The lines that were printed, with those that a pattern allows replaced by it: for a readable difference. */
export function matched(actual: string, expected: readonly string[]): string[] {
  const lines = actual.split('\n').filter((line) => line !== '');
  return lines.map((line, i) => {
    const pattern = expected[i];
    if (pattern === undefined) return line;
    const source = pattern
      .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll(/<uuid>|<hash>|<time>|<n>|…/g, (name) => PLACEHOLDERS[name]!);
    return new RegExp(`^${source}$`).test(line) ? pattern : line;
  });
}

const PATH = commandPath();

/** Runs one command as a user's shell does. */
export function runStep(step: Step, folder: string): { readonly stdout: string; readonly stderr: string; readonly code: number | null } {
  const env = { ...process.env, PATH, NO_COLOR: '1' };
  for (const name of ['AUDIT_LOG', 'AUDIT_SIGNER', 'AUDIT_SIGNERS']) delete env[name as keyof typeof env];
  const { stdout, stderr, status } = spawnSync('sh', ['-c', step.command], { cwd: folder, encoding: 'utf8', env });
  return { stdout, stderr, code: status };
}

/** Writes the files of a script. */
export function writeFiles({ files }: Script, folder: string): void {
  for (const [name, content] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}
