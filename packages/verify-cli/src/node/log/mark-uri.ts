import { statSync } from 'node:fs';
import { s3Mark } from '@countersign/audit-chain/adapters/s3-mark';
import { openSqlMark } from '@countersign/audit-chain/marks/sql-cell';
import type { HighWaterMark } from '@countersign/proof-core/ports';
import type { RememberingMark } from '@countersign/audit-chain/marks/cell';
import { markFile } from '@countersign/audit-chain/node/log/mark-file';
import { isPostgresUrl, openPostgres } from '@countersign/audit-chain/node/postgres/open';
import { loadS3 } from '@countersign/audit-chain/node/s3/client';
import { resolve } from 'node:path';
import { CliError } from '../errors.ts';
import { markPath } from './signer-uri.ts';

/** A high-water mark that was opened. */
export interface OpenMark {
  readonly mark: RememberingMark;
  readonly close: () => Promise<void>;
}

const close = (): Promise<void> => Promise.resolve();

/**
 * The mark of a log that names none: there has to be a signing proxy, which keeps its own; without one nothing is signed.
 *
 * @throws CliError ERR_CLI_MARK when no signer is a proxy; so does a reservation
 */
export function withoutMark(signer: string): { readonly mark: HighWaterMark; readonly close: () => Promise<void> } {
  const missing = (): CliError => new CliError('ERR_CLI_MARK', 'mark: none was named, and no key is a file: AUDIT_MARK', 'mark');
  if (!signer.includes('proxy+')) throw missing();
  return { mark: { read: () => Promise.resolve(undefined), reserve: () => Promise.reject(missing()) }, close };
}

/**
 * Opens the high-water mark that AUDIT_MARK names: `file:PATH` (a file, or a folder for the marks of many chains), the URL of a second
 * PostgreSQL database, or `s3://BUCKET[/PREFIX]`.
 *
 * @throws CliError ERR_CLI_MARK for another kind; ChainError ERR_PACKAGE_MISSING, ERR_STORE, ERR_NOT_DURABLE
 * @example const { mark } = await openMark('file:keys/high-water.json', 'example.com/log');
 */
export async function openMark(uri: string, chain: string): Promise<OpenMark> {
  if (isPostgresUrl(uri)) return await openDatabaseMark(uri);
  if (/^s3:\/\/[^/]/.test(uri)) return { mark: await openS3Mark(new URL(uri)), close };
  if (!uri.startsWith('file:') || uri.length === 'file:'.length) {
    throw new CliError('ERR_CLI_MARK', 'AUDIT_MARK: expected file:PATH, postgres://… or s3://BUCKET/PREFIX', 'AUDIT_MARK');
  }
  const path = resolve(uri.slice('file:'.length));
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return { mark: markFile(isFolder ? markPath(path, chain) : path), close };
}

async function openDatabaseMark(url: string): Promise<OpenMark> {
  const client = await openPostgres(url, { max: 2 });
  try {
    return { mark: await openSqlMark(client), close: () => client.close() };
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function openS3Mark({ hostname, pathname }: URL): Promise<RememberingMark> {
  const place = { bucket: hostname, prefix: pathname.replaceAll(/^\/|\/$/g, '') };
  const Client = await loadS3('a mark in S3');
  return s3Mark(new Client({}), place);
}
