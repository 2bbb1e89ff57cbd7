import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { openLogForReading } from '@countersign/audit-chain/node/log/open';
import { markFile } from '@countersign/audit-chain/node/log/mark-file';
import { resolve } from 'node:path';

/** Where a log stands; nothing here is verified. */
interface Status {
  readonly chain: string;
  readonly records: number;
  readonly settled: number;
  readonly root: string | null;
  readonly highWaterMark: number | null;
  readonly signer: string;
  readonly signers: string;
}

async function readStatus(log: string): Promise<Status> {
  const opened = await openLogForReading(log);
  try {
    const { store, config } = opened;
    const newest = await store.checkpoint();
    const note = await store.note();
    const signed = note === undefined ? undefined : await store.checkpoint(note.size);
    const mark = await markFile(resolve(log, config.mark)).read(config.chain);
    return {
      chain: config.chain,
      records: newest?.size ?? 0,
      settled: note?.size ?? 0,
      root: signed === undefined ? null : hexEncode(signed.root),
      highWaterMark: mark?.size ?? null,
      signer: config.signer,
      signers: config.signers,
    };
  } finally {
    await opened.close();
  }
}

export async function status(log: string, json: boolean): Promise<void> {
  const found = await readStatus(log);
  if (json) {
    process.stdout.write(`${JSON.stringify({ schemaVersion: 1, ...found }, null, 2)}\n`);
    return;
  }
  const waiting = found.records - found.settled;
  process.stdout.write(`chain            ${found.chain}
records          ${found.records} (${waiting === 0 ? 'all settled' : `${waiting} wait for their checkpoint`})
newest root      ${found.root ?? 'none'}
high-water mark  ${found.highWaterMark === null ? 'none' : `size ${found.highWaterMark}`}
signer           ${found.signer}
registry         ${found.signers}
Nothing of this was verified: audit-verify does that.
`);
}
