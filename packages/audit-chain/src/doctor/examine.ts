import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { Clock } from '@countersign/proof-core/ports';
import { ChainError } from '../errors.ts';
import { openStore } from '../store/sql-store.ts';
import type { SqlClient } from '../store/sql.ts';
import { checkLocks } from './activity.ts';
import { checkClock, checkUnsigned, checkWaiting } from './chain.ts';
import { type Check, type Examination, checkOf, conclude } from './check.ts';
import { type DiskSpace, checkDisk } from './disk.ts';
import { checkRoles, checkSchema, checkServer } from './server.ts';
import { type SigningParts, checkHead, checkIdentity, checkSigners, checkStop } from './signing.ts';

/** What is examined. */
export interface DoctorParts extends SigningParts {
  readonly client: SqlClient;
  readonly chain: string;
  readonly clock: Clock;
  /** Room where database and mark lie, as far as it can be seen from here. */
  readonly disks: () => Promise<readonly DiskSpace[]>;
}

/**
 * Examines whether a log can be appended to and is in the state it should be in; also while others append. It changes nothing, reads one record
 * and verifies one note: whether records were changed is for `audit-verify`.
 *
 * @returns every check, in a fixed order; a database that stops answering is the last one
 * @example const { checks, exitCode } = await examine({ client, chain, clock: Date, disks: async () => [], resolver, mark });
 */
export async function examine(parts: DoctorParts, engine: Engine = defaultEngine): Promise<Examination> {
  const checks: Check[] = [];
  try {
    await examineInto(checks, parts, engine);
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    checks.push(checkOf('database').fail(`${error.code}: ${error.message}`, 'make the database reachable, and let the login read the log'));
  }
  return conclude(checks);
}

async function examineInto(checks: Check[], parts: DoctorParts, engine: Engine): Promise<void> {
  const { client, clock } = parts;
  const { checks: ofServer, server } = await checkServer(client);
  checks.push(...ofServer);
  const { check, usable } = await checkSchema(client);
  checks.push(check, checkDisk(await parts.disks()));
  if (!usable) return;
  checks.push(...(await checkRoles(client)), await checkLocks(client));
  const store = await (await openStore(client, { migrate: false })).open(parts.chain);
  checks.push(await checkClock(store, clock), ...(await checkWaiting(client, store)), await checkUnsigned(store), await checkStop(store));
  checks.push(checkSigners(store, parts, clock), await checkHead(store, parts, engine));
  if (server !== undefined) checks.push(await checkIdentity(store, parts, server));
}
