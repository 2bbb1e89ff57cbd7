import { cpSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../audit-chain/test/support/database.ts';
import { makeLog } from '../support/log.ts';
import { matched, parseScript, runStep, writeFiles } from './script.ts';

/**
 * Scripts of the built commands, run by a shell: what they print, where, and how they end.
 *
 * @param path a folder of scripts, below this one
 * @returns makes a folder with a new log of the chain example.com/log in it
 */
export function describeScripts(path: string): (name: string) => string {
  const scripts = fileURLToPath(new URL(path, import.meta.url));
  const folder = temporaryFolder();
  const template = join(folder.path, 'log');
  beforeAll(() => makeLog(template, 'example.com/log'));
  afterAll(() => folder.remove());

  const newFolder = (name: string): string => {
    const made = join(folder.path, name);
    mkdirSync(made);
    cpSync(template, join(made, 'log'), { recursive: true });
    return made;
  };

  describe.each(readdirSync(scripts).filter((name) => name.endsWith('.txt')))('%s', (name) => {
    const script = parseScript(readFileSync(join(scripts, name), 'utf8'));
    test('prints and ends as written', () => {
      const at = newFolder(name);
      writeFiles(script, at);
      for (const step of script.steps) {
        const { stdout, stderr, code } = runStep(step, at);
        const seen = { stdout: matched(stdout, step.stdout), stderr: matched(stderr, step.stderr), code };
        expect(seen, `${name}:${step.line}: ${step.command}`).toEqual({ stdout: step.stdout, stderr: step.stderr, code: step.code });
      }
    });
  });
  return newFolder;
}
