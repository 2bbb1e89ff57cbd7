import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { S3Server } from '../../../../test/support/s3/server.ts';
import { temporaryFolder } from '../../../audit-chain/test/support/database.ts';
import { auditChain } from '../../src/node/audit-chain/program.ts';
import { auditVerify } from '../../src/node/audit-verify/program.ts';
import { makeLog } from '../support/log.ts';
import { type Run, runHere } from '../support/run.ts';

const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'writer',
  AWS_SECRET_ACCESS_KEY: 'not-to-be-shown',
  AWS_REGION: 'eu-central-1',
  AWS_MAX_ATTEMPTS: '1',
  AUDIT_RETENTION_CLASSES: 'retention.json',
};

/** docs/operations/object-lock.md. */
export const page = readFileSync(new URL('../../../../docs/operations/object-lock.md', import.meta.url), 'utf8');

/** A folder with a log, the buckets of the page on a server of their own, and the environment that leads there. */
export interface S3Folder {
  readonly path: string;
  readonly server: S3Server;
  /** Runs a line of a shell: a command and words without quotes. */
  run(line: string): Promise<Run>;
  close(): Promise<void>;
}

export async function s3Folder(): Promise<S3Folder> {
  const folder = temporaryFolder();
  const before = { ...process.env };
  const server = await S3Server.start();
  Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL_S3: server.endpoint });
  server.create('acme-audit', { locks: true, defaultRetention: { mode: 'GOVERNANCE', days: 30 } });
  for (const name of ['acme-ledger', 'acme-recovery'])
    server.create(name, { locks: true, defaultRetention: { mode: 'COMPLIANCE', days: 2557 } });
  await makeLog(join(folder.path, 'log'), 'localhost/log');
  writeFileSync(join(folder.path, 'retention.json'), /```json file=retention.json\n(.*?)```/s.exec(page)![1]!);
  return {
    path: folder.path,
    server,
    async run(line) {
      const [program, ...args] = line.split(' ');
      return await runHere(program === 'audit-chain' ? auditChain : auditVerify, args, folder.path);
    },
    async close() {
      for (const name of [...Object.keys(ENVIRONMENT), 'AWS_ENDPOINT_URL_S3']) delete process.env[name];
      Object.assign(process.env, before);
      await server.close();
      folder.remove();
    },
  };
}
