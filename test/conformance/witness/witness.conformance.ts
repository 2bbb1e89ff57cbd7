// Our witness against a client of golang.org/x/mod and filippo.io/torchwood; our client against litewitness, the witness of the latter.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { importPublicKey } from '@countersign/proof-core/key/import';
import { cosignatureKey, formatVkey } from '@countersign/proof-core/note/key';
import { formatPrivateKey } from '@countersign/proof-core/note/private-key';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpExchange } from '../../../packages/audit-chain/src/node/witness/http.ts';
import { askWitness } from '../../../packages/audit-chain/src/witness/ask.ts';
import { MemoryLog, ORIGIN, logKey } from '../../../packages/audit-chain/test/witness/log.ts';
import { testSigner } from '../../../packages/audit-chain/test/support/keys.ts';
import { startWitness } from '../../../packages/audit-chain/test/witness/servers.ts';

const SOURCE = fileURLToPath(new URL('.', import.meta.url));
const LITEWITNESS = 'litewitness of filippo.io/torchwood v0.9.0';
const has = (program: string, ...args: string[]): boolean => spawnSync(program, args, { stdio: 'ignore' }).error === undefined;
const folder = mkdtempSync(join(tmpdir(), 'countersign-witness-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Builds a program of the Go module in this folder. @returns why not */
function build(name: string, target: string): string | undefined {
  if (!has('go', 'version')) return 'no Go here';
  const { status, stderr } = spawnSync('go', ['build', '-o', join(folder, name), target], {
    cwd: SOURCE,
    encoding: 'utf8',
    timeout: 280_000,
  });
  return status === 0 ? undefined : `not to be built: ${stderr.trim().split('\n').at(-1)}`;
}

const noClient = build('client', '.');
describe.skipIf(noClient !== undefined)(`our witness and a Go client${noClient === undefined ? '' : ` (${noClient})`}`, () => {
  test('steps, conflicts and cosignatures are what it expects', async () => {
    const running = await startWitness(folder, 1, [logKey]);
    const child = spawn(join(folder, 'client'), [
      running.url,
      formatPrivateKey(ORIGIN, new Uint8Array(32).fill(21)),
      formatVkey(running.key),
    ]);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect([code, said]).toEqual([0, '13 checkpoints cosigned\n']);
    await running.close();
  });
});

const absent = !has('ssh-agent', '-V') ? 'no ssh-agent here' : !has('python3', '-V') ? 'no python3 here' : build('litewitness', 'filippo.io/torchwood/cmd/litewitness'); // prettier-ignore
describe.skipIf(absent !== undefined)(`our client and ${LITEWITNESS}${absent === undefined ? '' : ` (${absent})`}`, () => {
  const children: ChildProcess[] = [];
  const exchange = httpExchange();
  const name = 'example.com/litewitness';
  let witness: Parameters<typeof askWitness>[1];

  beforeAll(async () => {
    const at = (file: string): string => join(folder, file);
    const ran = (program: string, args: readonly string[], env = {}): string => {
      const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } });
      expect([program, status, status === 0 ? '' : stderr]).toEqual([program, 0, '']);
      return stdout;
    };
    ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('key')]);
    children.push(spawn('ssh-agent', ['-D', '-a', at('agent')], { stdio: 'ignore' }));
    for (let i = 0; i < 50 && spawnSync('ssh-add', ['-l'], { env: { ...process.env, SSH_AUTH_SOCK: at('agent') } }).status === 2; i++)
      await wait(50);
    ran('ssh-add', ['-q', at('key')], { SSH_AUTH_SOCK: at('agent') });
    // What its own tool for logs does: that one needs a module which is not always to be had.
    const insert =
      'import sqlite3,sys\ndb=sqlite3.connect(sys.argv[1])\n' +
      'db.execute("CREATE TABLE IF NOT EXISTS log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL)")\n' +
      'db.execute("CREATE TABLE IF NOT EXISTS key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin))")\n' +
      'db.execute("INSERT INTO log VALUES (?,0,?)",(sys.argv[2],"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="))\n' +
      'db.execute("INSERT INTO key VALUES (?,?)",(sys.argv[2],sys.argv[3]))\ndb.commit()\n';
    writeFileSync(at('insert.py'), insert);
    ran('python3', [at('insert.py'), at('litewitness.db'), ORIGIN, formatVkey(logKey)]);
    const fingerprint = ran('ssh-keygen', ['-lf', at('key.pub')]).split(' ')[1]!;
    const port = await freePort();
    const args = [
      '-db',
      at('litewitness.db'),
      '-name',
      name,
      '-key',
      fingerprint,
      '-ssh-agent',
      at('agent'),
      '-listen',
      `127.0.0.1:${port}`,
    ];
    const child = spawn(at('litewitness'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    children.push(child);
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const url = `http://127.0.0.1:${port}`;
    for (let i = 0; i < 100 && !(await fetch(url).then(() => true, () => false)); i++) await wait(50); // prettier-ignore
    // The public key as OpenSSH writes it: two strings, the second one is the key.
    const blob = Buffer.from(ran('cat', [at('key.pub')]).split(' ')[1]!, 'base64');
    witness = {
      name,
      key: cosignatureKey(name, importPublicKey(new Uint8Array(blob.subarray(-32)), { algorithm: 'Ed25519', format: 'raw' })),
      url,
    };
    expect(log).toContain(formatVkey(witness.key));
  }, 60_000);
  afterAll(() => {
    exchange.close();
    for (const child of children) child.kill('SIGTERM');
  });

  const ask = async (log: MemoryLog, size: number, from: number) =>
    await askWitness(exchange, witness, await log.submission(size), from, () => Math.floor(Date.now() / 1000), defaultEngine);

  test('steps from where it is are cosigned, and from elsewhere after its 409', async () => {
    const log = new MemoryLog(300);
    for (const [from, size] of [
      [0, 1],
      [1, 2],
      [2, 7],
      [0, 256],
      [7, 257],
      [257, 257],
      [257, 300],
    ] as const)
      // prettier-ignore
      expect((await ask(log, size, from)).time).toBeGreaterThan(1_700_000_000);
  });

  test('a second history, a log that it does not know and a key of nobody are told apart', async () => {
    const fork = new MemoryLog(400, { forkAt: 5 });
    await expect(ask(fork, 400, 300)).rejects.toMatchObject({ code: 'ERR_WITNESS_CONFLICT' });
    await expect(ask(fork, 300, 300)).rejects.toMatchObject({ code: 'ERR_WITNESS_CONFLICT' });
    await expect(ask(fork, 200, 0)).rejects.toMatchObject({ code: 'ERR_WITNESS_CONFLICT', theirSize: 300 });
    await expect(ask(new MemoryLog(5, { origin: 'example.com/stranger' }), 5, 0)).rejects.toMatchObject({
      code: 'ERR_WITNESS_UNKNOWN_LOG',
    });
    await expect(ask(new MemoryLog(5, { signer: testSigner(99) }), 5, 0)).rejects.toMatchObject({ code: 'ERR_WITNESS_REFUSED' });
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
