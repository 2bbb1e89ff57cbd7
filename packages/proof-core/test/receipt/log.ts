import { hexEncode } from '../../src/bytes/hex.ts';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { formatCheckpoint } from '../../src/note/checkpoint.ts';
import { signNote } from '../../src/note/sign.ts';
import type { Signer } from '../../src/ports.ts';
import type { TlogProof } from '../../src/proof/tlog-proof.ts';
import { type Receipt, formatReceipt } from '../../src/receipt/receipt.ts';
import { type Link, ZERO_HASH, formatLink } from '../../src/record/link.ts';
import { MTH, PATH, leafHash } from '../merkle/oracle.ts';

export const CHAIN = 'log.example.com/audit';

/** The event of record `seq`, canonical. */
export function eventText(seq: number): string {
  return `{"actor":"user:${seq}","id":"0193f8a0-0000-7000-8000-${String(seq).padStart(12, '0')}","payload":{"n":${seq}},"type":"order.created"}`;
}

/** The bytes of a record. */
export function recordOf(event: string, link: Partial<Link> = {}): Uint8Array {
  return utf8Encode(`{"event":${event}${formatLink({ chain: CHAIN, prev: ZERO_HASH, seq: 0, time: '2026-11-21T03:12:00.123Z', ...link })}`);
}

/** A small log whose roots and proofs come from the oracle. */
export class TestLog {
  readonly records: Uint8Array[] = [];
  readonly origin: string;

  constructor(size: number, origin: string = CHAIN) {
    this.origin = origin;
    for (let seq = 0; seq < size; seq++) this.add({ seq, chain: origin });
  }

  /** Appends a record; the link follows the log unless told otherwise. */
  add(link: Partial<Link> = {}, event: string = eventText(this.records.length)): void {
    const last = this.records.at(-1);
    const prev = last === undefined ? ZERO_HASH : hexEncode(leafHash(last));
    this.records.push(recordOf(event, { chain: this.origin, seq: this.records.length, prev, ...link }));
  }

  get leaves(): Uint8Array[] {
    return this.records.map(leafHash);
  }

  note(signers: readonly Signer[], origin: string = this.origin): Promise<Uint8Array> {
    const text = formatCheckpoint({ origin, size: this.records.length, root: MTH(this.leaves) });
    return signNote(text, signers.map((signer) => ({ name: origin, signer }))); // prettier-ignore
  }

  async proof(index: number, signers: readonly Signer[]): Promise<TlogProof> {
    return { index, hashes: PATH(index, this.leaves), note: await this.note(signers) };
  }

  async receipt(index: number, signers: readonly Signer[], change: Partial<Receipt> = {}): Promise<Uint8Array> {
    return formatReceipt({ record: this.records[index]!, ...(await this.proof(index, signers)), ...change });
  }
}
