import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { S3 } from '@aws-sdk/client-s3';
import { Client } from 'pg';
import { expect } from 'vitest';
import { commandPath } from '../support/commands.ts';

/** Where a drill is run. */
export interface DrillPlaces {
  /** An empty folder. */
  readonly folder: string;
  /** A server's database `postgres`, as a login that may create others. */
  readonly server: string;
  /** A bucket with Object Lock, and who may delete whatever can be deleted in it. */
  readonly bucket: string;
  readonly administrator: S3;
  /** What leads the commands to the bucket: `AWS_…`. */
  readonly environment: Readonly<Record<string, string>>;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * The whole drill with the commands as processes: a chain on PostgreSQL is sealed to a locked bucket, its database dropped and restored with the same
 * head and receipts; an old backup is put back instead, and nobody signs it; nobody deletes what is locked.
 */
export async function drill({ folder, server, bucket, administrator, environment }: DrillPlaces): Promise<void> {
  const [name, backup] = [`drill_${process.pid}`, `yesterday_${process.pid}`];
  const url = server.replace(/postgres$/, name);
  const env = { ...process.env, ...environment, PATH: commandPath(), AUDIT_RETENTION_CLASSES: 'retention.json' };
  writeFileSync(join(folder, 'retention.json'), '{"ledger":{"mode":"COMPLIANCE","days":1}}');
  const run = async (line: string): Promise<Ended> => {
    const child = spawn('sh', ['-c', line], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<number | null>((resolve) => void child.on('close', resolve));
    const text = async (stream: NodeJS.ReadableStream): Promise<string> => {
      let all = '';
      for await (const chunk of stream) all += String(chunk);
      return all;
    };
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await ended, out, err };
  };
  const ok = async (line: string): Promise<string> => {
    const { code, out, err } = await run(line);
    expect({ line, code, out: code === 0 ? '' : out, err: code === 0 ? '' : err }).toEqual({ line, code: 0, out: '', err: '' });
    return out;
  };
  const file = (path: string): string => readFileSync(join(folder, path), 'utf8');
  const database = new Client(server);
  await database.connect();
  const make = async (made: string, from?: string): Promise<void> => {
    await database.query(`drop database if exists ${made} with (force)`);
    await database.query(`create database ${made}${from === undefined ? '' : ` template ${from}`}`);
  };
  const [log, archive, own] = [`'${url}'`, `s3://${bucket}/dr`, '--signer file:keys'];
  const seal = `audit-chain seal ${log} ${own} --to ${archive} --retention-class ledger --accept-irreversible`;
  const append = (type: string): string => `audit-chain append ${log} ${own} --type ${type} --actor user:7f3a --subject order:123`;
  const head = async (source: string, more = ''): Promise<object> =>
    (JSON.parse(await ok(`audit-verify ${source} -s keys/signers.json --json ${more}`)) as { head: object }).head;
  try {
    await make(name);
    await ok(`audit-chain init ${log} --chain drill.example.com/audit ${own}`);
    await ok(append('order.created'));
    await make(backup, name);
    for (const type of ['order.paid', 'order.packed']) await ok(append(type));
    expect(await ok(seal)).toContain('locked under COMPLIANCE until');
    const sealed = await head(archive, '--require worm');
    expect(await head(log)).toEqual(sealed);
    await ok(`audit-chain receipt ${log} --seq 2 --out before.receipt && audit-chain query ${log} --json > before.jsonl`);

    // The database is lost, and comes back the same, first only to be read.
    await make(name);
    expect(await ok(`audit-chain restore ${log} --from ${archive} ${own} --dry-run`)).toContain('the chain could go on');
    expect(await ok(`audit-chain restore ${log} --from ${archive} --signers keys/signers.json`)).toContain('No signer was named');
    expect(await head(log)).toEqual(sealed);
    await ok(`audit-chain receipt ${log} --seq 2 --out after.receipt && audit-chain query ${log} --json > after.jsonl`);
    expect([file('after.receipt'), file('after.jsonl')]).toEqual([file('before.receipt'), file('before.jsonl')]);
    await ok('audit-verify receipt after.receipt -s keys/signers.json');
    expect(await ok(`audit-chain restore ${log} --from ${archive} ${own} --reason drill`)).toContain('record 4 is chain.restored');
    await ok(append('order.shipped'));
    await ok(seal);
    const continued = await head(archive, '--require worm');
    expect(await head(log)).toEqual(continued);

    // The old backup instead: it can be looked at, and nothing of it is signed. Both sizes are the evidence.
    await make(name, backup);
    const rolledBack = new RegExp(`^ERR_CHAIN_ROLLED_BACK: chain drill.example.com/audit has 2 records, but has been signed up to size 6`);
    for (const line of [append('order.lost'), seal]) {
      const { code, err } = await run(line);
      expect({ line, code, err: err.split('\n').find((text) => text.startsWith('ERR_')) }).toEqual({ line, code: 10, err: expect.stringMatching(rolledBack) as string }); // prettier-ignore
    }
    expect(await run(`audit-chain doctor ${log} ${own}`)).toMatchObject({
      code: 10,
      out: expect.stringContaining('ERR_CHAIN_ROLLED_BACK') as string,
    });
    expect(await ok(`audit-chain restore ${log} --from ${archive} ${own}`)).toContain('restored records 2 to 5');
    await ok(append('order.found'));
    await ok(`audit-verify ${log} -s keys/signers.json`);

    const { Versions = [] } = await administrator.listObjectVersions({ Bucket: bucket, Prefix: 'dr/' });
    const locked = Versions.filter(({ Key }) => /\.(gz|json)$/.test(Key!) && !Key!.includes('.countersign-'));
    expect(locked.length).toBe(6);
    for (const { Key, VersionId } of locked) {
      const version = { Bucket: bucket, Key: Key!, VersionId: VersionId!, BypassGovernanceRetention: true };
      await expect(administrator.deleteObject(version), Key).rejects.toMatchObject({ $fault: 'client' });
    }
    expect(await head(archive, '--require worm')).toEqual(continued);
  } finally {
    for (const made of [name, backup]) await database.query(`drop database if exists ${made} with (force)`);
    await database.end();
  }
}
