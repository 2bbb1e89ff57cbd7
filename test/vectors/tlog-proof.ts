import { leafHash, MTH, PATH } from '../../packages/proof-core/test/merkle/oracle.ts';
import { base64, checkpoint, keyId, note, noteLine, pair, vkey } from './naive.ts';
import { CHAIN, CREATED, EVENT, recordText } from './record.ts';
import { bad, bytesMember, good, type Vector, type VectorFile } from './vector.ts';

const LOG = pair('receipt log');
const OTHER = pair('other receipt log');

/** Records 0 to 4 of a log, each naming the one before. */
const RECORDS: readonly Buffer[] = Array.from({ length: 5 }).reduce<Buffer[]>((records, _, seq) => {
  const prev = seq === 0 ? '0'.repeat(64) : Buffer.from(leafHash(records[seq - 1]!)).toString('hex');
  const event = seq === 0 ? CREATED : EVENT.replace('000000000001', `00000000000${seq}`);
  return [...records, Buffer.from(recordText({ event, prev, seq: String(seq), time: `2026-11-21T03:12:0${seq}.000Z` }))];
}, []);
const LEAVES = RECORDS.map((record) => leafHash(record));
const NOTE = note(CHAIN, LOG, checkpoint(CHAIN, 5, MTH(LEAVES)));

const proofText = (
  index: number | string,
  hashes: readonly Uint8Array[] = PATH(Number(index), LEAVES),
  signed = NOTE,
  extra = '',
): string => `c2sp.org/tlog-proof@v1\n${extra}index ${index}\n${hashes.map((hash) => `${base64(hash)}\n`).join('')}\n${signed}`;
const PROOF = proofText(3);
const read = (name: string, comment: string, index: number, text: string, extra?: string): Vector =>
  good(name, comment, bytesMember(Buffer.from(text)), {
    index,
    hashes: PATH(index, LEAVES).map(base64),
    checkpoint: NOTE,
    ...(extra === undefined ? {} : { extra }),
  });
const refused = (name: string, comment: string, text: string, error: string): Vector =>
  bad(name, comment, bytesMember(Buffer.from(text)), error);

/** Inclusion proofs as files. */
export const tlogProofs: VectorFile = {
  name: 'tlog-proof',
  about:
    'Read a .tlog-proof (`text` or `hex`), strictly, without verifying it. The result has index, hashes (base64), the checkpoint as it stands, and extra (base64) where there is one.',
  specification: 'C2SP tlog-proof',
  vectors: [
    read('a proof', 'leaf 3 of 5', 3, PROOF),
    read('the last leaf', 'a short path', 4, proofText(4)),
    read('with extra data', 'opaque, and authenticated by nothing', 3, proofText(3, undefined, undefined, 'extra aGVsbG8=\n'), 'aGVsbG8='),
    refused('empty extra data', 'left out instead', proofText(3, undefined, undefined, 'extra \n'), 'ERR_TLOG_PROOF'),
    refused('another version', 'this is v1', PROOF.replace('@v1', '@v2'), 'ERR_TLOG_PROOF'),
    refused('no index', 'required', PROOF.replace('index 3\n', ''), 'ERR_TLOG_PROOF'),
    refused('index with a leading zero', 'one spelling', PROOF.replace('index 3', 'index 03'), 'ERR_DECIMAL'),
    refused('index of 2^53', 'no number here', PROOF.replace('index 3', 'index 9007199254740992'), 'ERR_TREE_SIZE'),
    refused('index at the size', 'not in that tree', PROOF.replace('index 3', 'index 5'), 'ERR_INDEX'),
    refused('hash of 31 bytes', 'SHA-256 has 32', proofText(3, [Buffer.alloc(31)]), 'ERR_HASH_LENGTH'),
    refused('hash without padding', 'RFC 4648 §4', PROOF.replace(/=\n/, '\n'), 'ERR_BASE64'),
    refused('65 hashes', 'more than a tree of 2^64 has levels', proofText(3, Array<Uint8Array>(65).fill(LEAVES[0]!)), 'ERR_TLOG_PROOF'),
    refused('no empty line', 'head and checkpoint run together', PROOF.replace('\n\n', '\n'), 'ERR_BASE64'),
    refused('carriage returns', 'one line end', PROOF.replaceAll('\n', '\r\n'), 'ERR_TLOG_PROOF'),
    refused('checkpoint without signature', 'a signed note', PROOF.slice(0, PROOF.indexOf('\u2014')), 'ERR_NOTE_SYNTAX'),
    refused('checkpoint of another form', 'three lines', proofText(3, undefined, note(CHAIN, LOG, 'hello\n')), 'ERR_CHECKPOINT'),
    refused('nothing', 'no proof', '', 'ERR_TLOG_PROOF'),
  ],
};

const KEYS = [{ kid: 'log-1', vkey: vkey(CHAIN, 1, LOG) }];
const receiptText = (index: number, change: { record?: Buffer; proof?: string } = {}): string =>
  `${(change.record ?? RECORDS[index]!).toString()}\n${change.proof ?? proofText(index)}`;
const receipt = (text: string, more: Vector['input'] = {}): Vector['input'] => ({ ...bytesMember(Buffer.from(text)), keys: KEYS, ...more });
const unsound = (name: string, comment: string, text: string, error: string, more?: Vector['input']): Vector =>
  bad(name, comment, receipt(text, more), error);
const foreign = Buffer.from(RECORDS[3]!.toString().replace(CHAIN, 'example.com/other'));
const WRONG_LINE = noteLine(CHAIN, keyId(CHAIN, 1, LOG), Buffer.alloc(64, 1));
const misplaced = RECORDS.map((record, i) => (i === 3 ? Buffer.from(record.toString().replace('"seq":3', '"seq":9')) : record));
const misplacedLeaves = misplaced.map((record) => leafHash(record));

/** Receipts under a registry of log keys. */
export const receipts: VectorFile = {
  name: 'receipt',
  about:
    'Verify a receipt (`text` or `hex`) under log keys that are trusted for checkpoints of every chain at any time: `keys`, each with kid and vkey. `origin` is the chain expected, if any. The result has the index, the leaf hash (base64) and the kids whose signatures count.',
  specification: 'docs/spec/receipt.md',
  vectors: [
    ...[0, 3, 4].map((index) =>
      good(`record ${index}`, 'the plain case', receipt(receiptText(index)), { index, leaf: base64(LEAVES[index]!), signers: ['log-1'] }),
    ),
    good('the chain expected', 'named by the caller', receipt(receiptText(3), { origin: CHAIN }), {
      index: 3,
      leaf: base64(LEAVES[3]!),
      signers: ['log-1'],
    }),
    unsound('another chain expected', 'a receipt of another log', receiptText(3), 'ERR_RECEIPT_ORIGIN', { origin: 'example.com/other' }),
    unsound('changed record', 'its hash is not in the tree', receiptText(3).replace('1999', '1998'), 'ERR_INCLUSION'),
    unsound("another record's proof", 'seq and index differ', receiptText(3, { proof: proofText(2) }), 'ERR_RECEIPT_PLACE'),
    unsound('record of another chain', 'chain and origin differ', receiptText(3, { record: foreign }), 'ERR_RECEIPT_ORIGIN'),
    unsound(
      'seq that contradicts the place',
      'the log itself has put it there',
      receiptText(3, {
        record: misplaced[3]!,
        proof: proofText(3, PATH(3, misplacedLeaves), note(CHAIN, LOG, checkpoint(CHAIN, 5, MTH(misplacedLeaves)))),
      }),
      'ERR_RECEIPT_PLACE',
    ),
    unsound(
      'root that nobody computed',
      'signed, but of another tree',
      receiptText(3, { proof: proofText(3, undefined, note(CHAIN, LOG, checkpoint(CHAIN, 5, Buffer.alloc(32, 1)))) }),
      'ERR_INCLUSION',
    ),
    unsound(
      'wrong signature',
      'by the registered key',
      receiptText(3, { proof: proofText(3, undefined, `${checkpoint(CHAIN, 5, MTH(LEAVES))}\n${WRONG_LINE}`) }),
      'ERR_NOTE_SIGNATURE',
    ),
    unsound(
      'key that is not registered',
      'anybody can sign',
      receiptText(3, { proof: proofText(3, undefined, note(CHAIN, OTHER, checkpoint(CHAIN, 5, MTH(LEAVES)))) }),
      'ERR_NOTE_UNVERIFIED',
    ),
    unsound(
      'extra data',
      'authenticated by nothing',
      receiptText(3, { proof: proofText(3, undefined, undefined, 'extra AA==\n') }),
      'ERR_RECEIPT_FORM',
    ),
    unsound('record not canonical', 'another spelling of the same', receiptText(3).replace(',"link"', ', "link"'), 'ERR_NOT_CANONICAL'),
    unsound('no record', 'a bare proof', PROOF, 'ERR_TLOG_PROOF'),
    unsound('no proof', 'a bare record', `${RECORDS[3]!.toString()}\n`, 'ERR_TLOG_PROOF'),
    unsound('record alone', 'no line feed', RECORDS[3]!.toString(), 'ERR_RECEIPT_FORM'),
    unsound('empty record', 'the first line is empty', `\n${PROOF}`, 'ERR_RECEIPT_FORM'),
    unsound(
      'one hash missing',
      'the path is too short',
      receiptText(3, { proof: proofText(3, PATH(3, LEAVES).slice(1)) }),
      'ERR_PROOF_LENGTH',
    ),
  ],
};
