import { readFileSync, writeFileSync } from 'node:fs';
import { type Server, request as httpRequest } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { parsePolicy } from '@countersign/proof-core/note/policy';
import { formatVkey } from '@countersign/proof-core/note/key';
import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { verifyPolicy } from '@countersign/proof-core/note/verify-policy';
import { witnessServer } from '../../src/node/witness/server.ts';
import { originHash } from '../../src/node/witness/state.ts';
import { type Witness, openWitness } from '../../src/node/witness/witness.ts';
import { temporaryFolder } from '../support/database.ts';
import { testSigner } from '../support/keys.ts';
import { MemoryLog, ORIGIN, logKey, witnessKey, witnessSigner } from './log.ts';

const log = new MemoryLog(40);
const fork = new MemoryLog(40, { forkAt: 3 });
const policy = parsePolicy(utf8Encode(`log ${formatVkey(logKey)}\nwitness w ${formatVkey(witnessKey)}\nquorum w\n`));

describe('a witness over HTTP', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let witness: Witness;
  let server: Server;
  let now = Date.UTC(2026, 10, 21);
  const errors: unknown[] = [];

  const open = (): Promise<Witness> =>
    openWitness({
      signer: { name: witnessSigner.kid, signer: witnessSigner },
      logs: [logKey],
      folder: folder.path,
      clock: { now: () => now },
    });
  const start = async (): Promise<void> => {
    witness = await open();
    server = witnessServer(witness, undefined, (error) => errors.push(error));
    server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  };
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    witness.close();
  };
  beforeEach(async () => {
    folder = temporaryFolder();
    errors.length = 0;
    await start();
  });
  afterEach(async () => {
    await stop();
    folder.remove();
  });

  const url = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  /** Sends a body without an end until the connection is closed; gives the answer and how much of it the server took. */
  async function postEndless(headers: Readonly<Record<string, number>>): Promise<{ status: number | undefined; taken: number }> {
    const connection = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const request = httpRequest(url('/add-checkpoint'), { method: 'POST', headers, agent: false });
    const piece = new Uint8Array(65_536);
    const write = (): void => {
      while (!request.destroyed && request.write(piece));
    };
    const status = await new Promise<number | undefined>((resolve) => {
      let answered: number | undefined;
      request.on('response', (response) => (answered = response.resume().statusCode));
      request.on('drain', write).on('error', () => undefined);
      request.on('close', () => resolve(answered));
      write();
    });
    return { status, taken: (await connection).bytesRead };
  }
  async function post(body: Uint8Array): Promise<{ status: number; type: string | null; text: string }> {
    const response = await fetch(url('/add-checkpoint'), { method: 'POST', body: body.slice() });
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  }
  const add = async (from: number, to: number, of = log): Promise<number> => (await post(await of.body(from, to))).status;

  test('cosigns what continues what it has cosigned, and shows it', async () => {
    for (const [from, to] of [
      [0, 5],
      [5, 6],
      [6, 6],
      [6, 40],
    ] as const) {
      // prettier-ignore
      const answer = await post(await log.body(from, to));
      expect(answer.status).toBe(200);
      const cosigned = concatBytes(await log.note(to), utf8Encode(answer.text));
      expect((await verifyPolicy(cosigned, policy)).cosignatures).toMatchObject([{ time: now / 1000 }]);
    }
    const shown = await fetch(url(`/${originHash(ORIGIN)}/checkpoint`));
    expect((await verifyPolicy(new Uint8Array(await shown.arrayBuffer()), policy)).checkpoint.size).toBe(40);
    expect((await fetch(url('/health'))).status).toBe(200);
    for (const path of ['/', `/${originHash('example.com/other')}/checkpoint`]) expect((await fetch(url(path))).status).toBe(404);
    expect((await fetch(url('/add-checkpoint'))).status).toBe(405);
  });

  test('says where it is when it was asked from elsewhere', async () => {
    expect(await add(0, 5)).toBe(200);
    expect(await post(await log.body(3, 6))).toMatchObject({ status: 409, type: 'text/x.tlog.size', text: '5\n' });
    expect(await post(await log.body(0, 6))).toMatchObject({ status: 409, text: '5\n' });
    // Also of an older checkpoint that is all right in itself.
    expect(await post(await log.body(3, 4))).toMatchObject({ status: 409, text: '5\n' });
    expect(await post(await log.body(7, 9))).toMatchObject({ status: 409, text: '5\n' });
  });

  test('refuses a second history: another root of the same size, and one that does not continue its own', async () => {
    expect(await add(0, 5)).toBe(200);
    expect(await add(5, 5, fork)).toBe(422);
    expect(await add(5, 9, fork)).toBe(422);
    const wrong = utf8Decode(await log.body(5, 9)).replace(/\n[A-Za-z0-9+/]{43}=\n/, `\n${'A'.repeat(43)}=\n`);
    expect((await post(utf8Encode(wrong))).status).toBe(422);
    expect(await add(5, 9)).toBe(200);
  });

  test('refuses strangers, bad signatures and what is no request, each by its status', async () => {
    const stranger = new MemoryLog(5, { origin: 'example.com/stranger' });
    expect(await add(0, 5, stranger)).toBe(404);
    expect(await add(0, 5, new MemoryLog(5, { signer: testSigner(99) }))).toBe(403);
    const body = utf8Decode(await log.body(0, 5));
    // A line of the log's own key that does not hold, beside one that does, spoils the note.
    const spoiled = (await log.note(5)).slice();
    expect((await post(utf8Encode(body.replace('\n5\n', '\n6\n')))).status).toBe(403);
    const proof = `${'A'.repeat(43)}=\n`;
    expect((await post(utf8Encode(body.replace('old 0\n', `old 0\n${proof}`)))).status).toBe(422);
    expect((await post(utf8Encode(body.replace('old 0\n', 'old 7\n')))).status).toBe(400);
    expect((await post(utf8Encode(body.replace('old 0\n', `old 0\n${proof.repeat(64)}`)))).status).toBe(400);
    for (const text of ['', 'old 0\n\n', 'old x\n\n', body.replace('old 0', 'old 00'), utf8Decode(spoiled)])
      expect((await post(utf8Encode(text))).status).toBe(400);
    expect(await witness.latest(ORIGIN)).toBeUndefined();
  });

  test('reads no body that is longer than a request can be, and waits for none for ever', async () => {
    expect((await post(new Uint8Array(135_169))).status).toBe(413);
    for (const headers of [{}, { 'content-length': 2 ** 40 }]) {
      const { status, taken } = await postEndless(headers);
      expect(status).toBe(413);
      expect(taken).toBeLessThan(16 * 2 ** 20);
    }
    expect(server.requestTimeout).toBeLessThanOrEqual(10_000);
    // One that breaks off is answered by nobody and harms nobody.
    await new Promise<void>((resolve) => {
      const request = httpRequest(url('/add-checkpoint'), { method: 'POST', headers: { 'content-length': 100 } });
      request.on('error', () => resolve());
      request.write('old', () => request.destroy());
    });
    expect(await add(0, 5)).toBe(200);
  });

  test('asked for two histories at once it cosigns one of them', async () => {
    const both = [await log.body(0, 5), await fork.body(0, 5), await log.body(0, 5), await fork.body(0, 5)];
    const statuses = (await Promise.all(both.map(post))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(3);
  });

  test('remembers after a restart; says no earlier time than before when its clock was set back', async () => {
    expect(await add(0, 5)).toBe(200);
    await stop();
    now -= 3_600_000;
    await start();
    expect(await add(5, 5, fork)).toBe(422);
    const cosigned = concatBytes(await log.note(6), utf8Encode((await post(await log.body(5, 6))).text));
    expect((await verifyPolicy(cosigned, policy)).cosignatures[0]!.time).toBe((now + 3_600_000) / 1000);
  });

  test('one process has its state; a state that it did not cosign is not its own, and nothing is cosigned over it', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'ERR_LOG_IN_USE' });
    expect(await add(0, 5)).toBe(200);
    await stop();
    const file = join(folder.path, originHash(ORIGIN), 'checkpoint');
    writeFileSync(file, readFileSync(file, 'utf8').replace('\n5\n', '\n1\n'));
    await start();
    expect([await add(1, 5), await add(0, 5)]).toEqual([500, 500]);
    expect(errors).toMatchObject([{ code: 'ERR_WITNESS_STATE' }, { code: 'ERR_WITNESS_STATE' }]);
  });
});
