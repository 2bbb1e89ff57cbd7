import { equalBytes } from '../../src/bytes/compare.ts';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { formatEvidence, parseEvidence } from '../../src/evidence/evidence.ts';
import { ProofError } from '../../src/errors.ts';
import { formatReceipt, parseReceipt } from '../../src/receipt/receipt.ts';
import { inspectReceipt } from '../../src/receipt/verify.ts';
import { isChainId } from '../../src/record/chain-id.ts';
import { LinkReader, formatLink, readLink } from '../../src/record/link.ts';
import { parseRecord } from '../../src/record/parse.ts';
import { fixedSigner, resolverOf } from '../document/keys.ts';
import { leafHash } from '../merkle/oracle.ts';
import { CHAIN, TestLog } from '../receipt/log.ts';

const signer = fixedSigner('log-1', 1);
const resolver = resolverOf({ signer, purposes: ['checkpoint'] });
const log = new TestLog(5);
const receipts = [await log.receipt(3, [signer]), await new TestLog(1).receipt(0, [signer])];
const proof = await log.proof(2, [signer]);
const included = { hash: leafHash(log.records[2]!), proof };
const evidence = [
  formatEvidence({ kind: 'roots', notes: [proof.note, proof.note] }),
  formatEvidence({ kind: 'leaves', leaves: [included, included] }),
  formatEvidence({ kind: 'place', included: { record: log.records[2]!, proof } }),
];

/** Runs a parser; only coded errors may leave it. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}

function mustBe(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** What a target must hold for any bytes whatever. */
export const targets: readonly { name: string; seeds: readonly Uint8Array[]; run: (bytes: Uint8Array) => void | Promise<void> }[] = [
  {
    name: 'receipt/parse',
    seeds: receipts,
    run(bytes) {
      const receipt = attempt(() => parseReceipt(bytes));
      if (receipt !== undefined) mustBe(equalBytes(formatReceipt(receipt), bytes), 'a second byte string for one receipt');
    },
  },
  {
    name: 'receipt/inspect',
    seeds: receipts,
    async run(bytes) {
      const { verified, receipt } = await inspectReceipt(bytes, { resolver });
      if (verified) mustBe(log.records.some((record) => equalBytes(record, receipt!.record)), 'a record that is not in the log is verified'); // prettier-ignore
    },
  },
  {
    name: 'record/link',
    seeds: log.records,
    run(bytes) {
      const link = readLink(bytes, 0, bytes.length);
      const reader = new LinkReader(link?.chain ?? CHAIN);
      mustBe(reader.read(bytes, 0, bytes.length) === (link !== undefined), 'two readers of links disagree');
      if (link !== undefined)
        mustBe(equalBytes(utf8Encode(formatLink(link)), bytes.subarray(link.at)), 'a second byte string for one link');
    },
  },
  {
    name: 'record/parse',
    seeds: log.records,
    run(bytes) {
      const record = attempt(() => parseRecord(bytes));
      if (record !== undefined) mustBe(readLink(bytes, 0, bytes.length)?.seq === record.link.seq, 'a record with another link than it has');
    },
  },
  {
    name: 'record/chain-id',
    seeds: [utf8Encode(CHAIN), utf8Encode('a:1/b/..')],
    run(bytes) {
      const text = Buffer.from(bytes).toString('latin1');
      if (isChainId(text)) mustBe(text.length <= 200 && !text.split('/').some((part) => part === '' || part === '.' || part === '..'), 'a chain id that is no path'); // prettier-ignore
    },
  },
  {
    name: 'evidence/parse',
    seeds: evidence,
    run(bytes) {
      const parsed = attempt(() => parseEvidence(bytes));
      if (parsed !== undefined) mustBe(equalBytes(formatEvidence(parsed), bytes), 'a second byte string for one piece of evidence');
    },
  },
];
