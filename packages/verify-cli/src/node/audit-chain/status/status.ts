import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { openMark } from '../../log/mark-uri.ts';
import type { LogOptions } from '../../log/options.ts';
import { openReadable } from '../../log/read.ts';
import type { LogSettings } from '../../log/settings.ts';
import { plain } from '../../output/style.ts';

/** Where a log stands; nothing here is verified. */
interface Status {
  readonly chain: string;
  readonly records: number;
  readonly settled: number;
  readonly root: string | null;
  readonly highWaterMark: number | null;
  /** Since when and why nothing is signed. */
  readonly stopped: { readonly at: string; readonly reason: string } | null;
  readonly signer: string | null;
  readonly signers: string | null;
}

/** The flags as given. */
interface StatusFlags extends LogOptions {
  readonly json?: boolean;
}

async function markSize({ mark, chain }: LogSettings): Promise<number | null> {
  if (mark === undefined) return null;
  const opened = await openMark(mark, chain);
  try {
    return (await opened.mark.read(chain))?.size ?? null;
  } finally {
    await opened.close();
  }
}

async function readStatus(log: string, flags: StatusFlags): Promise<Status> {
  const opened = await openReadable(log, flags);
  try {
    const { store, settings } = opened;
    const newest = await store.checkpoint();
    const note = await store.note();
    const signed = note === undefined ? undefined : await store.checkpoint(note.size);
    const stop = await store.attestations().stopped();
    return {
      chain: settings.chain,
      records: newest?.size ?? 0,
      settled: note?.size ?? 0,
      root: signed === undefined ? null : hexEncode(signed.root),
      highWaterMark: await markSize(settings),
      stopped: stop === undefined ? null : { at: stop.at, reason: stop.reason },
      signer: settings.signer?.text ?? null,
      signers: settings.signers ?? null,
    };
  } finally {
    await opened.close();
  }
}

export async function status(log: string, flags: StatusFlags): Promise<void> {
  const found = await readStatus(log, flags);
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ schemaVersion: 1, ...found }, null, 2)}\n`);
    return;
  }
  const waiting = found.records - found.settled;
  const { stopped } = found;
  process.stdout.write(`chain            ${found.chain}
records          ${found.records} (${waiting === 0 ? 'all settled' : `${waiting} wait for their checkpoint`})
newest root      ${found.root ?? 'none'}
high-water mark  ${found.highWaterMark === null ? 'none' : `size ${found.highWaterMark}`}
${stopped === null ? '' : `signing          stopped at ${stopped.at}: ${plain(stopped.reason)}\n                 (docs/operations/witness.md; audit-chain doctor)\n`}signer           ${found.signer ?? 'none named'}
registry         ${found.signers ?? 'none named'}
Nothing of this was verified: audit-verify does that.
`);
}
