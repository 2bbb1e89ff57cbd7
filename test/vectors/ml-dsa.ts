import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { base64, checkpoint, hex, note, noteLine, pair, sha256, utf8 } from './naive.ts';
import { bad, good, type Vector, type VectorFile } from './vector.ts';

// C2SP tlog-cosignature, type 0x06, written down by hand; FIPS 204 by `@noble/post-quantum`, deterministic.
const WITNESS = 'witness.example.com';
const ORIGIN = 'example.com/log';
const ROOT = sha256('root of three');
const TIME = 1_764_000_000n;
const { publicKey, secretKey } = ml_dsa44.keygen(sha256('countersign/vectors ML-DSA witness'));
const ID = sha256(WITNESS, '\n', Buffer.of(6), publicKey).subarray(0, 4);
const VKEY = `${WITNESS}+${hex(ID)}+${base64(Buffer.concat([Buffer.of(6), publicKey]))}`;
const LOG = pair('log');
const TEXT = checkpoint(ORIGIN, 3, ROOT);

const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
const opaque = (text: string): Buffer => Buffer.concat([Buffer.of(text.length), utf8(text)]);

interface Statement {
  readonly name?: string;
  readonly time?: bigint;
  readonly origin?: string;
  readonly start?: bigint;
  readonly end?: bigint;
  readonly root?: Uint8Array;
}

function signatureOf({ name = WITNESS, time = TIME, origin = ORIGIN, start = 0n, end = 3n, root = ROOT }: Statement): Uint8Array {
  const message = Buffer.concat([utf8('subtree/v1\n\0'), opaque(name), u64(time), opaque(origin), u64(start), u64(end), root]);
  return ml_dsa44.sign(message, secretKey, { extraEntropy: false });
}

const line = (statement: Statement, time = statement.time ?? TIME): string =>
  noteLine(WITNESS, ID, Buffer.concat([u64(time), signatureOf(statement)]));
const file = (signatureLine: string, text = TEXT): Vector['input'] => ({
  text: `${note(ORIGIN, LOG, text)}${signatureLine}`,
  keys: [VKEY],
});

/** ML-DSA-44 cosignatures. */
export const mlDsaCosignatures: VectorFile = {
  name: 'cosignature-ml-dsa',
  about:
    'As cosignature.json, for ML-DSA-44 keys (type 0x06). Signatures are deterministic (FIPS 204 §3.4); the seed of the key is SHA-256(`countersign/vectors ML-DSA witness`).',
  specification: 'C2SP tlog-cosignature v1.1.0-rc.1, ML-DSA-44',
  vectors: [
    good('cosigned', 'the plain case', file(line({})), [{ name: WITNESS, time: Number(TIME) }]),
    good('time of 0', 'no statement about the largest tree', file(line({ time: 0n })), [{ name: WITNESS, time: 0 }]),
    good('extension line', 'not in the signed message', file(line({}), `${TEXT}extra\n`), [{ name: WITNESS, time: Number(TIME) }]),
    bad('another time', 'the time is signed', file(line({}, TIME + 1n)), 'ERR_NOTE_SIGNATURE'),
    bad('another name', 'the cosigner’s name is signed', file(line({ name: 'witness.example.org' })), 'ERR_NOTE_SIGNATURE'),
    bad('a subtree that begins later', 'a checkpoint begins at leaf 0', file(line({ start: 2n })), 'ERR_NOTE_SIGNATURE'),
    bad('another size', 'the size is signed', file(line({ end: 4n })), 'ERR_NOTE_SIGNATURE'),
    bad('time of 2^53', 'larger than numbers are here', file(line({ time: 2n ** 53n })), 'ERR_COSIGNATURE'),
    bad('no time', '2,420 bytes instead of 2,428', file(noteLine(WITNESS, ID, signatureOf({}))), 'ERR_COSIGNATURE'),
  ],
};
