import { base64, checkpoint, cosignatureLine, ed25519, keyId, logLine, note, noteLine, pair, sha256, utf8, vkey } from './naive.ts';
import { bad, bytesMember, good, type Json, type Vector, type VectorFile } from './vector.ts';

const ORIGIN = 'example.com/log';
const LOG = pair('log');
const OTHER = pair('other log');
const TEXT = checkpoint(ORIGIN, 3, sha256('root of three'));
const NOTE = note(ORIGIN, LOG, TEXT);
const LINE = logLine(ORIGIN, LOG, TEXT);
const KEY = vkey(ORIGIN, 1, LOG);
const OTHER_KEY = vkey('example.com/other', 1, OTHER);
const OTHER_LINE = logLine('example.com/other', OTHER, TEXT);
const WRONG_LINE = noteLine(ORIGIN, keyId(ORIGIN, 1, LOG), ed25519(LOG, utf8('another text\n')));

const input = (file: string | Uint8Array, keys: readonly string[] = [KEY]): Vector['input'] => ({
  ...bytesMember(typeof file === 'string' ? utf8(file) : file),
  keys,
});
const mangled = (name: string, comment: string, file: string | Uint8Array, error: string, keys?: readonly string[]): Vector =>
  bad(name, comment, input(file, keys), error);
/** The signature line with its base64 changed. */
const withBase64 = (change: (text: string) => string): string => NOTE.replace(/[^ ]+\n$/, (text) => `${change(text.trimEnd())}\n`);

/** Signed notes under log keys. */
export const notes: VectorFile = {
  name: 'note',
  about:
    'Verify a signed note (`text` or `hex`) under the verifier keys `keys`. A line by a given key must hold, others are ignored, one must hold. The result lists the names of the keys whose signatures hold and the signed text.',
  specification: 'C2SP signed-note v1.0.0',
  vectors: [
    good('one signature', 'the plain case', input(NOTE), { signers: [ORIGIN], text: TEXT }),
    good(
      'published example',
      'from the specification',
      {
        text: 'This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
        keys: ['example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'],
      },
      { signers: ['example.com/foo'], text: 'This is an example message.\n' },
    ),
    good('two keys', 'while a key is rotated', input(`${NOTE}${OTHER_LINE}`, [KEY, OTHER_KEY]), {
      signers: [ORIGIN, 'example.com/other'],
      text: TEXT,
    }),
    good(
      'a line by somebody else',
      'ignored, even if it is nonsense',
      input(`${NOTE}${noteLine('example.com/who', Buffer.of(1, 2, 3, 4), Buffer.of(5))}`),
      { signers: [ORIGIN], text: TEXT },
    ),
    good(
      'a key of the same name with another id',
      'another key: ignored',
      input(`${NOTE}${noteLine(ORIGIN, Buffer.of(1, 2, 3, 4), Buffer.alloc(64))}`),
      { signers: [ORIGIN], text: TEXT },
    ),
    good('the same line twice', 'the second is not looked at', input(`${NOTE}${LINE}`), { signers: [ORIGIN], text: TEXT }),
    good('an empty line in the text', 'the last empty line ends the text', input(note(ORIGIN, LOG, 'first\n\nsecond\n')), {
      signers: [ORIGIN],
      text: 'first\n\nsecond\n',
    }),
    mangled('no given key', 'nobody known has signed', NOTE, 'ERR_NOTE_UNVERIFIED', [OTHER_KEY]),
    mangled('no keys', 'nobody is known', NOTE, 'ERR_NOTE_UNVERIFIED', []),
    mangled('changed text', 'the signature is over other bytes', NOTE.replace('3', '4'), 'ERR_NOTE_SIGNATURE'),
    mangled(
      'wrong and good line',
      'a given key’s wrong signature refuses the whole note',
      `${TEXT}\n${WRONG_LINE}${OTHER_LINE}`,
      'ERR_NOTE_SIGNATURE',
      [KEY, OTHER_KEY],
    ),
    mangled(
      'a given key under another name',
      'the name is part of the key',
      NOTE.replace(`\u2014 ${ORIGIN}`, '\u2014 example.com/lob'),
      'ERR_NOTE_UNVERIFIED',
    ),
    mangled('no signature', 'text alone', `${TEXT}\n`, 'ERR_NOTE_SYNTAX'),
    mangled('no empty line', 'text and signatures run together', `${TEXT}${LINE}`, 'ERR_NOTE_SYNTAX'),
    mangled('no line feed at the end', 'the last line is open', NOTE.slice(0, -1), 'ERR_NOTE_SYNTAX'),
    mangled('carriage returns', 'a control byte', NOTE.replaceAll('\n', '\r\n'), 'ERR_NOTE_SYNTAX'),
    mangled('a tab in the text', 'a control byte', note(ORIGIN, LOG, 'a\tb\n'), 'ERR_NOTE_SYNTAX'),
    mangled('broken UTF-8', 'c0 80 in the text', Buffer.concat([Buffer.of(0xc0, 0x80), utf8(NOTE)]), 'ERR_UTF8'),
    mangled('hyphen for em dash', 'U+2014 begins a signature line', NOTE.replace('\u2014', '-'), 'ERR_NOTE_SIGNATURE_LINE'),
    mangled('two spaces', 'exactly one', NOTE.replace(`${ORIGIN} `, `${ORIGIN}  `), 'ERR_NOTE_SIGNATURE_LINE'),
    mangled(
      'no-break space',
      'a space of Unicode in the name',
      NOTE.replace(`\u2014 ${ORIGIN}`, `\u2014 ${ORIGIN}\u00a0`),
      'ERR_NOTE_SIGNATURE_LINE',
    ),
    mangled(
      'next line character',
      'U+0085 is a space too',
      NOTE.replace(`\u2014 ${ORIGIN}`, `\u2014 ${ORIGIN}\u0085`),
      'ERR_NOTE_SIGNATURE_LINE',
    ),
    mangled(
      'plus in the name',
      'it separates the parts of a verifier key',
      NOTE.replace(`\u2014 ${ORIGIN}`, '\u2014 example.com+log'),
      'ERR_NOTE_SIGNATURE_LINE',
    ),
    mangled('empty name', 'a key has one', NOTE.replace(`\u2014 ${ORIGIN}`, '\u2014 '), 'ERR_NOTE_SIGNATURE_LINE'),
    mangled('space at the end of the line', 'nothing follows the base64', NOTE.replace(/\n$/, ' \n'), 'ERR_NOTE_SIGNATURE_LINE'),
    mangled(
      'key id alone',
      'no signature behind it',
      `${TEXT}\n${noteLine(ORIGIN, keyId(ORIGIN, 1, LOG), Buffer.alloc(0))}`,
      'ERR_NOTE_SIGNATURE_LINE',
    ),
    mangled(
      'base64 without padding',
      'RFC 4648 §4',
      withBase64((text) => text.replace(/=+$/, '')),
      'ERR_BASE64',
    ),
    mangled(
      'URL-safe base64',
      'another alphabet',
      withBase64((text) => `${text.slice(0, 8)}-_${text.slice(10)}`),
      'ERR_BASE64',
    ),
    mangled(
      'trailing bits in base64',
      'a second spelling of the same bytes',
      withBase64((text) => text.replace(/.=+$/, (end) => `/${end.slice(1)}`)),
      'ERR_BASE64',
    ),
    mangled(
      'signature too long',
      'one byte more than Ed25519 has',
      `${TEXT}\n${noteLine(ORIGIN, keyId(ORIGIN, 1, LOG), Buffer.concat([ed25519(LOG, utf8(TEXT)), Buffer.of(0)]))}`,
      'ERR_NOTE_SIGNATURE',
    ),
    mangled('101 signatures', 'at most 100 are read', `${TEXT}\n${LINE.repeat(101)}`, 'ERR_NOTE_SIZE'),
  ],
};

const ROOT = base64(sha256('root'));
const EMPTY = base64(sha256());
const text = (name: string, comment: string, checkpointText: string, error: string): Vector =>
  bad(name, comment, { text: checkpointText }, error);

/** Checkpoint texts. */
export const checkpoints: VectorFile = {
  name: 'checkpoint',
  about: 'Read the text of a checkpoint without extension lines from `text`. The result has origin, size and root (base64).',
  specification: 'C2SP tlog-checkpoint v1.0.0',
  vectors: [
    good('size 1', 'the smallest that is signed', { text: `${ORIGIN}\n1\n${ROOT}\n` }, { origin: ORIGIN, size: 1, root: ROOT }),
    good('size 0', 'the root is SHA-256 of nothing', { text: `${ORIGIN}\n0\n${EMPTY}\n` }, { origin: ORIGIN, size: 0, root: EMPTY }),
    good(
      'largest size',
      '2^53 − 1',
      { text: `${ORIGIN}\n9007199254740991\n${ROOT}\n` },
      { origin: ORIGIN, size: 9007199254740991, root: ROOT },
    ),
    text('2^53', 'larger than sizes are here', `${ORIGIN}\n9007199254740992\n${ROOT}\n`, 'ERR_TREE_SIZE'),
    text('2^64', 'larger than sizes are anywhere', `${ORIGIN}\n18446744073709551616\n${ROOT}\n`, 'ERR_TREE_SIZE'),
    text('21 digits', 'no size', `${ORIGIN}\n100000000000000000000\n${ROOT}\n`, 'ERR_DECIMAL'),
    text('leading zero', 'one spelling', `${ORIGIN}\n01\n${ROOT}\n`, 'ERR_DECIMAL'),
    text('plus sign', 'digits only', `${ORIGIN}\n+1\n${ROOT}\n`, 'ERR_DECIMAL'),
    text('minus sign', 'digits only', `${ORIGIN}\n-1\n${ROOT}\n`, 'ERR_DECIMAL'),
    text('hexadecimal', 'digits only', `${ORIGIN}\n0x1\n${ROOT}\n`, 'ERR_DECIMAL'),
    text('space around the size', 'digits only', `${ORIGIN}\n 1\n${ROOT}\n`, 'ERR_DECIMAL'),
    text('no size', 'an empty line', `${ORIGIN}\n\n${ROOT}\n`, 'ERR_DECIMAL'),
    text('arabic digits', 'ASCII only', `${ORIGIN}\n١\n${ROOT}\n`, 'ERR_DECIMAL'),
    text('size 0 with another root', 'the empty tree has one root', `${ORIGIN}\n0\n${ROOT}\n`, 'ERR_CHECKPOINT'),
    text('root of 31 bytes', 'SHA-256 has 32', `${ORIGIN}\n1\n${base64(Buffer.alloc(31, 1))}\n`, 'ERR_CHECKPOINT'),
    text('root in hex', 'base64 of 48 bytes', `${ORIGIN}\n1\n${sha256('root').toString('hex')}\n`, 'ERR_CHECKPOINT'),
    text('root without padding', 'RFC 4648 §4', `${ORIGIN}\n1\n${ROOT.slice(0, -1)}\n`, 'ERR_BASE64'),
    text('trailing bits in the root', 'a second spelling', `${ORIGIN}\n1\n${base64(Buffer.alloc(32)).replace('A=', 'B=')}\n`, 'ERR_BASE64'),
    text('extension line', 'not in our logs', `${ORIGIN}\n1\n${ROOT}\nextra\n`, 'ERR_CHECKPOINT'),
    text('no origin', 'an empty line', `\n1\n${ROOT}\n`, 'ERR_CHECKPOINT'),
    text('two lines', 'no root', `${ORIGIN}\n1\n`, 'ERR_CHECKPOINT'),
    text('no line feed at the end', 'the last line is open', `${ORIGIN}\n1\n${ROOT}`, 'ERR_CHECKPOINT'),
    text('carriage returns', 'one line end', `${ORIGIN}\r\n1\r\n${ROOT}\r\n`, 'ERR_DECIMAL'),
    good(
      'byte order mark',
      'a character like any other: this is another origin',
      { text: `\ufeff${ORIGIN}\n1\n${ROOT}\n` },
      { origin: `\ufeff${ORIGIN}`, size: 1, root: ROOT },
    ),
  ],
};

const WITNESS = 'witness.example.com';
const W = pair('witness');
const W_KEY = vkey(WITNESS, 4, W);
const TIME = 1_764_000_000;
const COSIGNED = `${NOTE}${cosignatureLine(WITNESS, W, TEXT, TIME)}`;
const cosigned = (line: string, result: Json | string, name: string, comment: string): Vector => {
  const given = { text: `${NOTE}${line}`, keys: [W_KEY] };
  return typeof result === 'string' ? bad(name, comment, given, result) : good(name, comment, given, result);
};
const stamp = (time: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(time);
  return bytes;
};
const W_ID = keyId(WITNESS, 4, W);
const signedAt = (time: number, message: string): Buffer => ed25519(W, utf8(`cosignature/v1\ntime ${time}\n${message}`));

/** Cosignatures of witnesses. */
export const cosignatures: VectorFile = {
  name: 'cosignature',
  about:
    'Verify the cosignatures (type 0x04) of the witnesses `keys` on the signed checkpoint `text`. The result lists each witness’s name and POSIX time in seconds. Lines of others are ignored.',
  specification: 'C2SP tlog-cosignature v1.0.1, cosignature/v1',
  vectors: [
    good('cosigned', 'the plain case', { text: COSIGNED, keys: [W_KEY] }, [{ name: WITNESS, time: TIME }]),
    good('not cosigned', 'no line of the witness: nothing is said', { text: NOTE, keys: [W_KEY] }, []),
    cosigned(
      noteLine(WITNESS, W_ID, Buffer.concat([stamp(BigInt(TIME + 1)), signedAt(TIME, TEXT)])),
      'ERR_NOTE_SIGNATURE',
      'another time',
      'the time is signed',
    ),
    cosigned(
      noteLine(WITNESS, W_ID, Buffer.concat([stamp(BigInt(TIME)), signedAt(TIME, NOTE)])),
      'ERR_NOTE_SIGNATURE',
      'over the whole note',
      'the text is signed, without signature lines',
    ),
    cosigned(
      noteLine(WITNESS, W_ID, Buffer.concat([stamp(BigInt(TIME)), ed25519(W, utf8(TEXT))])),
      'ERR_NOTE_SIGNATURE',
      'over the text alone',
      'a log’s signature is no cosignature',
    ),
    cosigned(noteLine(WITNESS, W_ID, signedAt(TIME, TEXT)), 'ERR_COSIGNATURE', 'no time', '64 bytes instead of 72'),
    cosigned(
      noteLine(WITNESS, W_ID, Buffer.concat([stamp(2n ** 53n), signedAt(TIME, TEXT)])),
      'ERR_COSIGNATURE',
      'time of 2^53',
      'larger than numbers are here',
    ),
    cosigned(
      noteLine(WITNESS, keyId(WITNESS, 1, W), Buffer.concat([stamp(BigInt(TIME)), signedAt(TIME, TEXT)])),
      [],
      'under the id of a log key',
      'another key: the type is part of the id',
    ),
    bad(
      'changed checkpoint',
      'every line is about the text',
      { text: COSIGNED.replace('\n3\n', '\n4\n'), keys: [W_KEY] },
      'ERR_NOTE_SIGNATURE',
    ),
  ],
};
