import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFIG_FILE, formatLogConfig } from '@countersign/audit-chain/node/log/config';
import { openPglite } from '@countersign/audit-chain/node/pglite/open';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import { vi } from 'vitest';
import { PGLITE_TEMPLATE } from '../../packages/audit-chain/test/support/template.ts';
import { auditChain } from '../../packages/verify-cli/src/node/audit-chain/program.ts';
import { auditSigners } from '../../packages/verify-cli/src/node/audit-signers/program.ts';
import { openChain } from '../../packages/verify-cli/src/node/log/open.ts';
import { auditVerify } from '../../packages/verify-cli/src/node/audit-verify/program.ts';

const PROGRAMS = { 'audit-chain': auditChain, 'audit-signers': auditSigners, 'audit-verify': auditVerify } as const;

/** What a command came to. */
export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Variables that would reach into a test from outside. */
const CLEAN = { AUDIT_LOG: undefined, AUDIT_SIGNER: undefined, AUDIT_SIGNERS: undefined, AUDIT_KEY_PASSPHRASE: undefined } as const;

/** A folder in which commands run, as a shell would run them: arguments, exit code, standard output and error. */
export class Workplace {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'countersign-signers-'));
  readonly #before = process.cwd();

  constructor() {
    process.chdir(this.folder);
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  /** Runs a command in this process; `env` holds for it alone. */
  async run(words: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Promise<Result> {
    const [name, ...argv] = words;
    const program = PROGRAMS[name as keyof typeof PROGRAMS];
    if (program === undefined) throw new TypeError(`no command ${name}`);
    let [out, err] = ['', ''];
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      out += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1');
      return true;
    });
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      err += String(chunk);
      return true;
    });
    const all = { ...CLEAN, ...env };
    const saved = Object.fromEntries(Object.keys(all).map((key) => [key, process.env[key]]));
    setAll(all);
    try {
      return { code: await program(argv), out, err };
    } finally {
      setAll(saved);
      stdout.mockRestore();
      stderr.mockRestore();
    }
  }

  /** Runs a line of a page: words, and texts in double quotes. */
  line(line: string, env: Readonly<Record<string, string | undefined>> = {}): Promise<Result> {
    return this.run(wordsOf(line), env);
  }

  /** The same; it must succeed. */
  async ok(line: string, env: Readonly<Record<string, string | undefined>> = {}): Promise<Result> {
    const result = await this.line(line, env);
    if (result.code !== 0) throw new Error(`${line}\nexit ${result.code}\n${result.out}${result.err}`);
    return result;
  }

  remove(): void {
    process.chdir(this.#before);
    rmSync(this.folder, { recursive: true });
  }
}

function setAll(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** Splits a command line as a shell does, as far as the pages need it. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain ?? '');
}

/**
 * Makes a log as `audit-chain init --signers` does, from the tests' prepared database: creating one takes seconds.
 *
 * @param signer URIs with absolute paths
 */
export async function makeLog(place: Workplace, chain: string, signer: string, name = 'log'): Promise<void> {
  const folder = place.at(name);
  cpSync(PGLITE_TEMPLATE, join(folder, 'db'), { recursive: true });
  const mark = place.at(`high-water.${chain.replaceAll('/', '+')}.json`);
  const config = { chain, database: 'db', mark, signer, signers: place.at('signers.json') };
  writeFileSync(join(folder, CONFIG_FILE), formatLogConfig(config));
  const database = await openStore(await openPglite(join(folder, 'db')));
  const log = await openChain({ folder, config, store: await database.create(chain), close: () => database.close() });
  await log.close();
}
