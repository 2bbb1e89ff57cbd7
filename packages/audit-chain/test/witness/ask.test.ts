import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { cosignNote } from '@countersign/proof-core/note/cosignature';
import { formatSignature, parseNote } from '@countersign/proof-core/note/note';
import { parseAddCheckpoint } from '@countersign/proof-core/note/witness';
import type { Signer } from '@countersign/proof-core/ports';
import { httpExchange } from '../../src/node/witness/http.ts';
import { type CosignedLine, askWitness } from '../../src/witness/ask.ts';
import type { Exchange, HttpAnswer } from '../../src/witness/exchange.ts';
import { testSigner } from '../support/keys.ts';
import { MemoryLog, witnessKey, witnessSigner } from './log.ts';

const log = new MemoryLog(20);
const NOW = 1_795_000_000;
const witness = { name: 'w', key: witnessKey, url: 'https://w.example.org/path/' };

const answer = (status: number, body: string | Uint8Array = '', type = 'text/plain'): HttpAnswer => ({
  status,
  type,
  body: typeof body === 'string' ? utf8Encode(body) : body,
});
const elsewhere = (size: number | string): HttpAnswer => answer(409, `${size}\n`, 'text/x.tlog.size');

/** The line of a witness over the checkpoint in a request, or over another one. */
async function line(body: Uint8Array, time = NOW, signer: Signer = witnessSigner, name = witnessSigner.kid): Promise<Uint8Array> {
  return formatSignature(await cosignNote(parseNote(parseAddCheckpoint(body).note).textBytes, { name, signer }, time));
}

/** A carrier that answers as told and notes the old sizes that were sent. */
function answering(...answers: ((body: Uint8Array) => HttpAnswer | Promise<HttpAnswer>)[]): Exchange & { readonly sent: number[] } {
  const sent: number[] = [];
  return {
    sent,
    async send({ body, url }) {
      expect(url).toBe('https://w.example.org/path/add-checkpoint');
      sent.push(parseAddCheckpoint(body!).old);
      return await answers[sent.length - 1]!(body!);
    },
  };
}
const good = async (body: Uint8Array): Promise<HttpAnswer> => answer(200, await line(body));
const ask = async (exchange: Exchange, from = 0): Promise<CosignedLine> =>
  await askWitness(exchange, witness, await log.submission(20), from, () => NOW, defaultEngine);

describe('asking a witness', () => {
  test('keeps its line; goes back to where it is, as often as it moves on', async () => {
    const exchange = answering(() => elsewhere(7), () => elsewhere(9), good); // prettier-ignore
    expect((await ask(exchange)).time).toBe(NOW);
    expect(exchange.sent).toEqual([0, 7, 9]);
    const again = answering(() => elsewhere(20), good);
    await ask(again, 15);
    expect(again.sent).toEqual([15, 20]);
  });

  test('other witnesses’ lines beside its own are dropped', async () => {
    const other = testSigner(30);
    const lines = async (body: Uint8Array): Promise<HttpAnswer> =>
      answer(200, new Uint8Array(Buffer.concat([await line(body, NOW, other, 'other'), await line(body)])));
    const { line: kept } = await ask(answering(lines));
    expect(new TextDecoder().decode(kept)).toMatch(/^— witness\.example\.org\/w1 [^\n]+\n$/);
  });

  test.each([
    ['a lie about its size: more than the log has', () => elsewhere(21), 'ERR_WITNESS_CONFLICT'],
    ['another root of this size, as version 1.0.0 says it', () => elsewhere(20), 'ERR_WITNESS_CONFLICT', 20],
    ['a proof that it does not believe', () => answer(422), 'ERR_WITNESS_CONFLICT'],
    ['the size that was sent, again', () => elsewhere(3), 'ERR_WITNESS_REPLY', 3],
    ['a size that is none', () => elsewhere('03'), 'ERR_WITNESS_REPLY'],
    ['a size of 2^60', () => elsewhere(2 ** 60), 'ERR_WITNESS_REPLY'],
    ['a size of another type', () => answer(409, '3\n'), 'ERR_WITNESS_REPLY'],
    ['a log that it does not know', () => answer(404), 'ERR_WITNESS_UNKNOWN_LOG'],
    ['a key that it does not know', () => answer(403), 'ERR_WITNESS_REFUSED'],
    ['somewhere else', () => answer(302), 'ERR_WITNESS_REFUSED'],
    ['trouble', () => answer(503), 'ERR_WITNESS_UNAVAILABLE'],
    ['nothing', () => answer(200), 'ERR_WITNESS_REPLY'],
    ['no signature line', () => answer(200, 'ok\n'), 'ERR_WITNESS_REPLY'],
    ['the cosignature of another witness', async (body: Uint8Array) => answer(200, await line(body, NOW, testSigner(30), 'other')), 'ERR_WITNESS_REPLY'], // prettier-ignore
    ['the cosignature of another key under its name', async (body: Uint8Array) => answer(200, await line(body, NOW, testSigner(30))), 'ERR_WITNESS_REPLY'], // prettier-ignore
    ['its line twice', async (body: Uint8Array) => answer(200, new Uint8Array(Buffer.concat([await line(body), await line(body)]))), 'ERR_WITNESS_REPLY'], // prettier-ignore
    ['a cosignature of an older checkpoint', async () => answer(200, await line(await log.body(0, 19))), 'ERR_WITNESS_REPLY'],
    ['a cosignature of this one that it kept', async (body: Uint8Array) => answer(200, await line(body, NOW - 301)), 'ERR_WITNESS_TIME'],
    ['a cosignature of tomorrow', async (body: Uint8Array) => answer(200, await line(body, NOW + 86_400)), 'ERR_WITNESS_TIME'],
  ] as [string, (body: Uint8Array) => HttpAnswer, string, number?][])('%s is refused by code', async (_, reply, code, from = 0) => {
    await expect(ask(answering(reply), from)).rejects.toMatchObject({ code, field: 'w' });
  });

  test('a witness that moves on for ever is left', async () => {
    await expect(ask(answering(() => elsewhere(3), () => elsewhere(4), () => elsewhere(5), () => elsewhere(6)))).rejects.toMatchObject({ code: 'ERR_WITNESS_REPLY' }); // prettier-ignore
  });
});

describe('carrying requests', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  async function serve(answerWith: Parameters<typeof createServer>[1]): Promise<string> {
    server = createServer(answerWith);
    server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  test('a witness that does not answer, or not to the end, is given up at the deadline', async () => {
    for (const slow of [() => {}, (_: unknown, response: { write(text: string): void }) => response.write('x')]) {
      const url = await serve(slow);
      const exchange = httpExchange({ timeoutMs: 50 });
      await expect(exchange.send({ method: 'GET', url })).rejects.toMatchObject({ code: 'ERR_WITNESS_UNAVAILABLE' });
      exchange.close();
    }
  });

  test('an answer without end is cut off, a redirect not followed', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: 'https://example.com/' }).end();
      else response.end('x'.repeat(20_000));
    });
    const exchange = httpExchange();
    await expect(exchange.send({ method: 'GET', url })).rejects.toMatchObject({ code: 'ERR_WITNESS_REPLY' });
    expect((await exchange.send({ method: 'GET', url: `${url}away` })).status).toBe(302);
    exchange.close();
  });

  test.each(['http://example.com/', 'ftp://localhost/', 'https://user:secret@example.com/', 'nonsense'])('%s is not asked', async (url) => {
    const refused = await httpExchange().send({ method: 'GET', url }).catch((error: Error & { code: string }) => error); // prettier-ignore
    expect(refused).toMatchObject({ code: 'ERR_WITNESS_UNAVAILABLE' });
    expect((refused as Error).message).not.toContain('secret');
  });

  test('nobody there, and nobody who waits any more, are told apart', async () => {
    const exchange = httpExchange();
    await expect(exchange.send({ method: 'GET', url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({ code: 'ERR_WITNESS_UNAVAILABLE' });
    const gone = AbortSignal.abort(new Error('gone'));
    await expect(exchange.send({ method: 'GET', url: 'http://127.0.0.1:1/' }, gone)).rejects.toThrow('gone');
    exchange.close();
  });
});
