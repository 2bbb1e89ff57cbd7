import { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import * as fc from 'fast-check';
import type { PoolClient } from 'pg';
import { expect, it } from 'vitest';
import { copyOut } from '../../src/node/postgres/copy-out.ts';
import type { CopyStream } from '../../src/node/postgres/copy-stream.ts';
import { readColumns } from '../../src/node/postgres/columns.ts';
import type { Finding } from '../../src/verify/finding.ts';
import { chainOf } from './support/archive.ts';

function message(type: string, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(payload.length + 4, 1);
  return Buffer.concat([head, payload]);
}

function rowOf(seq: number, record: Uint8Array): Buffer {
  const head = Buffer.alloc(18);
  head.writeInt16BE(2);
  head.writeInt32BE(8, 2);
  head.writeBigInt64BE(BigInt(seq), 6);
  head.writeInt32BE(record.length, 14);
  return Buffer.concat([head, record]);
}

const SIGNATURE = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);

/** A client whose server sends these bytes in chunks of a size, and what came of the other messages. */
function clientOf(bytes: Buffer, size: number): { client: PoolClient; others: Buffer[]; stream: EventEmitter } {
  const stream = Object.assign(new EventEmitter(), {
    pause: () => {},
    resume: () => {},
    destroy: (error: Error) => query?.handleError(error),
  });
  const others: Buffer[] = [];
  let query: CopyStream | undefined;
  stream.on('data', (chunk: Buffer) => {
    others.push(Buffer.from(chunk));
    if (String.fromCharCode(chunk[0]!) === 'Z') query!.handleReadyForQuery();
  });
  const client = {
    query(given: CopyStream) {
      query = given;
      given.submit({ stream, query: () => {} } as never);
      setImmediate(() => {
        for (let at = 0; at < bytes.length; at += size) stream.emit('data', bytes.subarray(at, at + size));
      });
    },
  };
  return { client: client as unknown as PoolClient, others, stream };
}

async function linesOf(
  rows: readonly Buffer[],
  size: number,
): Promise<{ lines: string; findings: Finding[]; others: string; after: number }> {
  const data = rows.map((row, i) => message('d', i === 0 ? Buffer.concat([SIGNATURE, row]) : row));
  const end = [message('d', Buffer.from([0xff, 0xff])), message('c', Buffer.alloc(0)), message('Z', Buffer.from('T'))];
  const bytes = Buffer.concat([message('H', Buffer.alloc(7)), ...data, message('N', Buffer.from('note')), ...end, Buffer.from('next')]);
  const { client, others, stream } = clientOf(bytes, size);
  const findings: Finding[] = [];
  let lines = '';
  const columns = readColumns((finding) => findings.push(finding));
  for await (const chunk of copyOut(client, 'copy', columns.put, 4096)) lines += chunk.toString('latin1');
  return { lines, findings, others: Buffer.concat(others).toString('latin1'), after: stream.listenerCount('data') };
}

it('rows of a COPY become lines however the connection cuts them, and all other messages reach the driver', async () => {
  const records = chainOf(12);
  const rows = records.map((record, seq) => rowOf(seq, record));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 9000 }), async (size) => {
      const { lines, findings, others, after } = await linesOf(rows, size);
      expect(lines).toBe(records.map((record) => `${Buffer.from(record).toString('latin1')}\n`).join(''));
      expect(findings).toEqual([]);
      expect(others).toBe(`H\0\0\0\x0b${'\0'.repeat(7)}N\0\0\0\x08notec\0\0\0\x04Z\0\0\0\x05Tnext`);
      expect(after).toBe(1);
    }),
    { numRuns: 40 },
  );
});

it('a row keeps to one line, and its number to its record', async () => {
  const records = chainOf(4);
  const broken = utf8Encode(Buffer.from(records[2]!).toString().replace('"type"', '\n"type"\n'));
  const { lines, findings } = await linesOf([rowOf(0, records[0]!), rowOf(7, records[1]!), rowOf(2, broken), rowOf(13, records[3]!)], 500);
  expect(lines.split('\n')).toHaveLength(5);
  expect(lines).toContain('\0"type"\0');
  expect(findings.map(({ seq, expected }) => [seq, expected])).toEqual([[7, 1], [13, 3]]); // prettier-ignore
});

it('what is no row of two columns, or too long, is an error', async () => {
  const record = chainOf(1)[0]!;
  const short = rowOf(0, record);
  short.writeInt32BE(record.length - 1, 14);
  const three = rowOf(0, record);
  three.writeInt16BE(3);
  for (const row of [short, three, Buffer.from([0, 2, 0])]) await expect(linesOf([row], 100)).rejects.toMatchObject({ code: 'ERR_STORE' });
  for (const size of [3, 7, 100]) {
    const { client } = clientOf(
      Buffer.concat([message('d', SIGNATURE), Buffer.from([0x64, 0x7f, 0xff, 0xff, 0xff]), Buffer.alloc(99)]),
      size,
    );
    await expect(copyOut(client, 'copy', readColumns(() => {}).put, 4096).next()).rejects.toMatchObject({ code: 'ERR_STORE' });
  }
});
