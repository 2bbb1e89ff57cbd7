import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ChainError } from '@countersign/audit-chain/errors';
import { type ImportCheck, checkImport, importFile } from '@countersign/audit-chain/node/import/import';
import { EXIT } from '../../command/exit.ts';
import { openLog } from '../../log/open.ts';
import type { LogOptions } from '../../log/options.ts';

interface Options extends LogOptions {
  readonly skipInvalid?: boolean;
}

const SHOWN = 10;

/** Imports a file, or standard input by way of a temporary file: it is read twice, once to check and once to append. */
export async function importEvents(log: string, file: string, options: Options): Promise<number> {
  if (file !== '-') return await importPath(log, file, 'the file', options);
  const folder = await mkdtemp(join(tmpdir(), 'countersign-import-'));
  try {
    const path = join(folder, 'events.jsonl');
    await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }));
    return await importPath(log, path, 'standard input', options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function importPath(log: string, path: string, name: string, options: Options): Promise<number> {
  // Before the log is opened: a large file keeps nobody else from it. Which chain a line is for does not decide whether it is an event.
  const check = await checkImport(path, 'localhost');
  reportInvalid(check, options.skipInvalid === true);
  if (check.valid === 0) {
    process.stderr.write(`ERR_IMPORT_LINE: ${name} holds no event\n`);
    return EXIT.usage;
  }
  const opened = await openLog(log, options);
  try {
    const started = performance.now();
    const { settled, appended } = await importFile(opened.chain, path, check);
    const seconds = (performance.now() - started) / 1000;
    const rate = process.stderr.isTTY ? ` (${Math.round(settled / seconds).toLocaleString('en')} a second)` : '';
    const there = settled - appended;
    process.stdout.write(`settled ${counted(settled, 'event')}${rate}; the chain ends at record ${opened.chain.size - 1}\n`);
    if (there > 0) process.stdout.write(`${there} of them ${there === 1 ? 'was' : 'were'} there already\n`);
    if (check.skip.size > 0) process.stdout.write(`skipped ${counted(check.skip.size, 'line')}\n`);
    return EXIT.verified;
  } finally {
    await opened.close();
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function reportInvalid(check: ImportCheck, skipInvalid: boolean): void {
  for (const { line, code, reason } of check.invalid.slice(0, skipInvalid ? undefined : SHOWN)) {
    process.stderr.write(`line ${line}: ${code}: ${reason}\n`);
  }
  if (check.skip.size === 0) return;
  const listed = Math.min(check.invalid.length, skipInvalid ? Infinity : SHOWN);
  if (check.skip.size > listed) process.stderr.write(`… and ${check.skip.size - listed} more\n`);
  if (!skipInvalid) {
    const message = `${counted(check.skip.size, 'line')} cannot be imported, so nothing was; --skip-invalid leaves them out`;
    throw new ChainError('ERR_IMPORT_LINE', message, { field: `line ${check.invalid[0]!.line}` });
  }
}
