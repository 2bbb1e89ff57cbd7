import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Check, type Examination, checkOf, conclude } from '@countersign/audit-chain/doctor/check';
import type { DiskSpace } from '@countersign/audit-chain/doctor/disk';
import { examine } from '@countersign/audit-chain/doctor/examine';
import { readLogConfig } from '@countersign/audit-chain/node/log/config';
import { openPglite } from '@countersign/audit-chain/node/pglite/open';
import { isPostgresUrl, openPostgres } from '@countersign/audit-chain/node/postgres/open';
import { pendingMigrations } from '@countersign/audit-chain/store/migrate';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import type { SqlClient } from '@countersign/audit-chain/store/sql';
import { isCoded } from '../../command/exit.ts';
import type { LogOptions } from '../../log/options.ts';
import { type SigningTrust, openTrust } from '../../log/trust.ts';
import { chooseChain } from '../../log/server.ts';
import { type LogSettings, folderSettings, serverSettings } from '../../log/settings.ts';
import { plain, styleFor, type Tone } from '../../output/style.ts';

/** The flags as given. */
export interface DoctorFlags extends LogOptions {
  readonly json?: boolean;
}

/** A database as it lies, not brought to any schema. */
interface Patient {
  readonly client: SqlClient;
  readonly settings: LogSettings;
  /** Folder of the database, where it is on this machine. */
  readonly folder: string | undefined;
}

/**
 * Runs `audit-chain doctor`.
 *
 * @returns the exit code: 10 when the log contradicts what was signed, 14 when something else fails, else 0
 * @throws CliError ERR_CLI_OPTION; what cannot be opened is a failed check
 */
export async function doctor(log: string, flags: DoctorFlags): Promise<number> {
  const examination = await examineLog(log, flags);
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ schemaVersion: 1, ...examination }, null, 2)}\n`);
  else process.stdout.write(report(examination));
  return examination.exitCode;
}

async function examineLog(log: string, flags: DoctorFlags): Promise<Examination> {
  let patient: Patient;
  try {
    patient = await openPatient(log, flags);
  } catch (error) {
    if (!isCoded(error) || error.name === 'CliError') throw error;
    return conclude([checkOf('database').fail(`${error.code}: ${error.message}`, adviceOf(error.code))]);
  }
  try {
    const { trust, problems } = await openTrust(patient.settings);
    try {
      return await examinePatient(patient, trust, problems);
    } finally {
      await trust.close();
    }
  } finally {
    await patient.client.close();
  }
}

async function examinePatient(patient: Patient, trust: SigningTrust, problems: readonly Check[]): Promise<Examination> {
  const { client, settings, folder } = patient;
  const parts = { ...trust.parts, client, chain: settings.chain, clock: Date, disks: () => disksOf(folder, settings) };
  const { checks } = await examine(parts);
  return conclude([...checks, ...problems]);
}

async function openPatient(log: string, flags: DoctorFlags): Promise<Patient> {
  if (!isPostgresUrl(log)) {
    const config = await readLogConfig(log);
    const settings = folderSettings(log, config, flags);
    const folder = join(log, config.database);
    return { client: await openPglite(folder), settings, folder };
  }
  const client = await openPostgres(log);
  try {
    // Without a schema there is no chain to choose, and the examination says so.
    const pending = await pendingMigrations(client).catch(() => undefined);
    const chains = pending === undefined ? [] : await (await openStore(client, { migrate: false })).chains();
    const chain = chains.length === 0 ? (flags.chain ?? '') : chooseChain(chains, flags.chain);
    return { client, settings: serverSettings(chain, flags), folder: undefined };
  } catch (error) {
    await client.close();
    throw error;
  }
}

function adviceOf(code: string): string {
  if (code === 'ERR_LOG_IN_USE') return 'stop that process, or ask it: a log in a folder is open in one process at a time';
  return code === 'ERR_LOG_MISSING' || code === 'ERR_LOG_CONFIG'
    ? 'name the folder of a log'
    : 'make the database reachable for this login';
}

async function disksOf(folder: string | undefined, { mark }: LogSettings): Promise<DiskSpace[]> {
  const spaces: DiskSpace[] = [];
  if (folder !== undefined) spaces.push(await spaceOf('database', folder));
  if (mark?.startsWith('file:') === true) spaces.push(await spaceOf('high-water mark', dirname(mark.slice('file:'.length))));
  return spaces.filter(({ total }) => total > 0);
}

async function spaceOf(what: string, path: string): Promise<DiskSpace> {
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return { what, free: bavail * bsize, total: blocks * bsize };
  } catch {
    return { what, free: 0, total: 0 };
  }
}

const TONES: { readonly [status in Check['status']]: Tone } = { ok: 'good', warn: 'warn', fail: 'bad', skip: 'dim' };

function report({ checks, exitCode }: Examination): string {
  const style = styleFor(process.stdout, process.env);
  const lines = checks.flatMap(({ name, status, detail, advice }) => [
    `${style(TONES[status], status.padEnd(4))}  ${name.padEnd(13)} ${plain(detail)}`,
    ...(advice === undefined ? [] : [`${' '.repeat(20)}${style('dim', `→ ${plain(advice)}`)}`]),
  ]);
  const verdict = exitCode === 10 ? 'The log contradicts what was signed.' : exitCode === 14 ? 'Something has to be done.' : 'Ready.';
  return `${lines.join('\n')}\n${verdict} Whether records were changed is for audit-verify.\n`;
}
