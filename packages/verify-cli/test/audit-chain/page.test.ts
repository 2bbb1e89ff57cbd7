import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { auditChain } from '../../src/node/audit-chain/program.ts';
import { EXIT } from '../../src/node/command/exit.ts';

// docs/audit-chain.md names every command and every option, and no others.
const page = readFileSync(new URL('../../../../docs/audit-chain.md', import.meta.url), 'utf8');

afterEach(() => vi.restoreAllMocks());

async function help(...command: string[]): Promise<string> {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  expect(await auditChain([...command, '--help'])).toBe(0);
  return text;
}

/** Long options in a text. */
const options = (text: string): string[] => [...new Set(text.match(/--[a-z][a-z-]+/g))].filter((name) => name !== '--help').toSorted();

const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.split('\n')[0]!, section.split(/^##? /m)[0]!]),
);
/** Said once, for all commands. */
const COMMON = ['--chain', '--signer', '--signers'];

test('the page has the commands that there are', async () => {
  const listed = (await help()).split('Commands:')[1]!.split('Examples:')[0]!;
  expect([...sections.keys()].toSorted()).toEqual([...listed.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name!).toSorted());
});

test.each([...sections.keys()])('%s: the page has the options that there are', async (name) => {
  const text = (await help(name)).split('Options:')[1]!;
  const declared = [...text.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option!).filter((option) => option !== '--help');
  const synopsis = sections.get(name)!.split('```')[1]!;
  const own = declared.filter((option) => !COMMON.includes(option) || ['init', 'succeed'].includes(name));
  expect(options(synopsis)).toEqual(own.toSorted());
});

test('the page has the exit codes that there are', () => {
  const table = page.split('## Exit codes')[1]!;
  const codes = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code)).toSorted((a, b) => a - b);
  const verdicts = new Set<number>([EXIT.inconclusive]);
  expect(codes).toEqual(
    Object.values(EXIT)
      .filter((code) => !verdicts.has(code))
      .toSorted((a, b) => a - b),
  );
});

test('the commands of docs/operations/sealing.md are those of a script that is run', () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
  const blocks = read('../../../../docs/operations/sealing.md').matchAll(/^```sh\n(.*?)^```$/gms);
  const script = read('scripts/slow/seal.txt').split('\n');
  const commands = [...blocks].flatMap(([, block]) => block!.trimEnd().split('\n'));
  expect(commands.length).toBe(6);
  for (const command of commands) expect(script).toContain(`$ ${command}`);
});
