import { describe, expect, test } from 'vitest';
import { base64Decode } from '../../src/bytes/base64.ts';
import { concatBytes } from '../../src/bytes/compare.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { mlDsa44Key, withMlDsa } from '../../src/key/ml-dsa.ts';
import { engine as node } from '../../src/node/engine.ts';
import { addCosignatures, cosignNote, verifyCosignatures } from '../../src/note/cosignature.ts';
import { type NoteKey, cosignatureKey, formatVkey, noteKey, parseVkey } from '../../src/note/key.ts';
import { type NoteSignature, formatNote, formatSignature, parseNote, parseSignatures } from '../../src/note/note.ts';
import { parsePolicy } from '../../src/note/policy.ts';
import { signNote } from '../../src/note/sign.ts';
import { verifyCheckpoint } from '../../src/note/verify-checkpoint.ts';
import { verifyPolicy } from '../../src/note/verify-policy.ts';
import { inspectNote, verifyNote } from '../../src/note/verify.ts';
import { codeOf, codeOfAsync } from '../merkle/refused.ts';
import { MODULES, MlDsaWitness, type Statement, statementBytes } from './ml-dsa.ts';
import { TORCHWOOD } from './published-ml-dsa.ts';
import { bytes, ed25519 } from './signers.ts';

const ORIGIN = 'example.com/log';
const TEXT = bytes(`${ORIGIN}\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n`);
const ROOT = base64Decode('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=');
const TIME = 1_679_315_147;
const engine = withMlDsa(node, MODULES);
const log = ed25519(1);
const logKey = noteKey(ORIGIN, log.publicKey);
const witness = new MlDsaWitness('witness.example.com/w1', 7);
const { key } = witness;
const truth: Statement = { name: key.name, time: BigInt(TIME), origin: ORIGIN, end: 20_852_163n, root: ROOT };
const line = witness.sign(truth);
const signed = await signNote(TEXT, [{ name: ORIGIN, signer: log }]);
const note = parseNote(signed);
const withLines = (...lines: readonly NoteSignature[]): ReturnType<typeof parseNote> =>
  parseNote(formatNote(TEXT, [...note.signatures, ...lines]));
const refusal = (statement: Partial<Statement>, stamped?: bigint): Promise<string | undefined> =>
  codeOfAsync(() => verifyCosignatures(withLines(witness.sign({ ...truth, ...statement }, stamped)), [key], engine));

describe('a key of type 0x06', () => {
  test('that another implementation wrote reads and writes back', () => {
    const parsed = parseVkey(TORCHWOOD.vkey);
    expect([parsed.name, parsed.type, parsed.publicKey.algorithm, parsed.publicKey.raw?.length]).toEqual([
      'witness.example/w1',
      6,
      'ML-DSA-44',
      1312,
    ]);
    expect(formatVkey(parsed)).toBe(TORCHWOOD.vkey);
    expect(formatVkey(cosignatureKey(parsed.name, mlDsa44Key(parsed.publicKey.raw!)))).toBe(TORCHWOOD.vkey);
  });

  test('verifies what another implementation signed: the statement that these tests write down is the one it wrote', async () => {
    const { name, publicKey } = parseVkey(TORCHWOOD.vkey);
    const { origin, start, end } = TORCHWOOD;
    const message = statementBytes({ name, time: 0n, origin, start, end, root: base64Decode(TORCHWOOD.root) });
    const [found] = parseSignatures(bytes(TORCHWOOD.line));
    expect(await engine.verify(publicKey, message, found!.signature.slice(8))).toBe(true);
  });

  test('is 1,312 bytes, copied, under a name of at most 255 bytes', () => {
    const raw = new Uint8Array(1312).fill(7);
    const own = mlDsa44Key(raw);
    raw.fill(0);
    expect(own.raw).toEqual(new Uint8Array(1312).fill(7));
    for (const length of [0, 1311, 1313, 1952]) expect(codeOf(() => mlDsa44Key(new Uint8Array(length)))).toBe('ERR_KEY_FORMAT');
    expect(cosignatureKey('é'.repeat(127), own).name).toHaveLength(127);
    expect(codeOf(() => cosignatureKey('é'.repeat(128), own))).toBe('ERR_NOTE_NAME');
    const long = formatVkey({ ...cosignatureKey('w', own), name: 'é'.repeat(128) });
    expect(codeOf(() => parseVkey(long))).toBe('ERR_NOTE_NAME');
  });

  test('is neither a key for documents nor a log key by another type', () => {
    expect(codeOf(() => noteKey('w', key.publicKey as never))).toBe('ERR_NOTE_KEY_TYPE');
    expect(codeOf(() => formatVkey({ ...key, type: 4 }))).toBe('ERR_NOTE_KEY_TYPE');
    expect(codeOf(() => formatVkey({ ...logKey, type: 6 }))).toBe('ERR_NOTE_KEY_TYPE');
  });
});

describe.each([node, portable])('with the $name engine and the module', (platform) => {
  const extended = withMlDsa(platform, MODULES);

  test('a cosignature gives its time, and every field of the statement counts', async () => {
    expect(await verifyCosignatures(withLines(line), [key], extended)).toEqual([{ key, time: TIME }]);
    const other = parseNote(formatNote(bytes(new TextDecoder().decode(TEXT).replace('20852163', '20852164')), [line]));
    expect(await codeOfAsync(() => verifyCosignatures(other, [key], extended))).toBe('ERR_NOTE_SIGNATURE');
  });

  test('what another algorithm’s key verifies is as before', async () => {
    expect((await verifyNote(signed, [logKey], extended)).signers).toEqual([logKey]);
  });
});

test('without the module a line by a given key is refused with a code, never passed over', async () => {
  for (const platform of [node, portable, withMlDsa(node, { ml_dsa65: MODULES.ml_dsa65! })]) {
    expect(await codeOfAsync(() => verifyCosignatures(withLines(line), [key], platform))).toBe('ERR_ALGORITHM_UNSUPPORTED');
    expect(await codeOfAsync(() => addCosignatures(signed, formatSignature(line), [key], platform))).toBe('ERR_ALGORITHM_UNSUPPORTED');
  }
  expect(await verifyCosignatures(note, [key])).toEqual([]);
});

test.each<[string, Partial<Statement>, bigint?]>([
  ['another cosigner', { name: 'witness.example.com/w2' }],
  ['another time than the line says', {}, BigInt(TIME + 1)],
  ['another log', { origin: 'example.com/lob' }],
  ['a subtree that begins later', { start: 1n }],
  ['another size', { end: 20_852_164n }],
  ['another root', { root: new Uint8Array(32) }],
])('a statement about %s is no cosignature of this checkpoint', async (_, statement, stamped) => {
  expect(await refusal(statement, stamped)).toBe('ERR_NOTE_SIGNATURE');
});

test('the form is strict: length, time, one line for each witness', async () => {
  const at = (signature: Uint8Array): Promise<string | undefined> =>
    codeOfAsync(() => verifyCosignatures(withLines({ ...line, signature }), [key], engine));
  expect(await at(line.signature.slice(0, -1))).toBe('ERR_COSIGNATURE');
  expect(await at(concatBytes(line.signature, Uint8Array.of(0)))).toBe('ERR_COSIGNATURE');
  expect(await at(new Uint8Array(72))).toBe('ERR_COSIGNATURE');
  expect(await refusal({ time: 2n ** 53n })).toBe('ERR_COSIGNATURE');
  const later = witness.sign({ ...truth, time: BigInt(TIME + 1) });
  expect(await verifyCosignatures(withLines(line, later), [key], engine)).toEqual([{ key, time: TIME }]);
});

test('extension lines are not covered; an origin it has no room for, and other texts, are refused', async () => {
  const extended = concatBytes(TEXT, bytes('an extension\n'));
  expect(await verifyCosignatures(parseNote(formatNote(extended, [line])), [key], engine)).toEqual([{ key, time: TIME }]);
  const long = bytes(new TextDecoder().decode(TEXT).replace(ORIGIN, 'o'.repeat(256)));
  expect(await codeOfAsync(() => verifyCosignatures(parseNote(formatNote(long, [line])), [key], engine))).toBe('ERR_COSIGNATURE');
  const prose = parseNote(formatNote(bytes('hello\n'), [line]));
  expect(await codeOfAsync(() => verifyCosignatures(prose, [key], engine))).toBe('ERR_CHECKPOINT');
});

test('a signer of another algorithm cannot be asked for one', async () => {
  const signer = { ...ed25519(9), publicKey: key.publicKey as never };
  expect(await codeOfAsync(() => cosignNote(TEXT, { name: 'w', signer }, TIME))).toBe('ERR_ALGORITHM_UNSUPPORTED');
});

describe('as a log’s own signature', () => {
  const own = new MlDsaWitness(ORIGIN, 8);
  const statement = { ...truth, name: ORIGIN };
  const file = formatNote(TEXT, [own.sign(statement)]);

  test('it verifies a checkpoint without extension lines, with the module only', async () => {
    expect((await verifyCheckpoint(file, [own.key], {}, engine)).checkpoint.size).toBe(20_852_163);
    expect(await codeOfAsync(() => verifyNote(file, [own.key]))).toBe('ERR_ALGORITHM_UNSUPPORTED');
    expect((await inspectNote(file, [own.key])).verified).toBe(false);
    expect(await codeOfAsync(() => verifyNote(formatNote(TEXT, [own.sign({ ...statement, end: 1n })]), [own.key], engine))).toBe(
      'ERR_NOTE_SIGNATURE',
    );
  });

  test('it speaks for no text that it does not cover', async () => {
    for (const text of [concatBytes(TEXT, bytes('an extension\n')), bytes('hello\n')]) {
      const forged = formatNote(text, [own.sign(statement)]);
      expect(await codeOfAsync(() => verifyNote(forged, [own.key], engine))).toBe('ERR_NOTE_SIGNATURE');
    }
    const short = formatNote(TEXT, [{ ...own.sign(statement), signature: new Uint8Array(72) }]);
    expect(await codeOfAsync(() => verifyNote(short, [own.key], engine))).toBe('ERR_NOTE_SIGNATURE');
  });
});

describe('in a policy', () => {
  const other = ed25519(2);
  const otherKey = cosignatureKey('ed.example', other.publicKey);
  const policy = (quorum: string): ReturnType<typeof parsePolicy> =>
    parsePolicy(
      bytes(
        `log ${formatVkey(logKey)}\nwitness pq ${formatVkey(key)}\nwitness ed ${formatVkey(otherKey)}\ngroup g ${quorum} pq ed\nquorum g\n`,
      ),
    );
  const file = async (...more: readonly NoteSignature[]): Promise<Uint8Array> => {
    const classic = await cosignNote(TEXT, { name: 'ed.example', signer: other }, TIME);
    return formatNote(TEXT, [...note.signatures, classic, ...more]);
  };

  test('the witness counts with the module, and never without', async () => {
    const bytes = await file(line);
    const names = (found: readonly { key: NoteKey }[]): string[] => found.map((one) => one.key.name);
    expect(names((await verifyPolicy(bytes, policy('all'), {}, engine)).cosignatures)).toEqual(['ed.example', key.name]);
    expect(await codeOfAsync(() => verifyPolicy(bytes, policy('all')))).toBe('ERR_POLICY_QUORUM');
    expect(names((await verifyPolicy(bytes, policy('any'))).cosignatures)).toEqual(['ed.example']);
    const forged = await file({ ...line, signature: line.signature.with(100, line.signature[100]! ^ 1) });
    expect(await codeOfAsync(() => verifyPolicy(forged, policy('any'), {}, engine))).toBe('ERR_NOTE_SIGNATURE');
  });

  test('a statement without a time counts only where no time is asked for', async () => {
    const bytes = await file(witness.sign({ ...truth, time: 0n }));
    expect((await verifyPolicy(bytes, policy('all'), {}, engine)).cosignatures).toHaveLength(2);
    for (const bound of [{ latest: TIME }, { earliest: 0 }]) {
      expect(await codeOfAsync(() => verifyPolicy(bytes, policy('all'), bound, engine))).toBe('ERR_POLICY_QUORUM');
    }
  });
});
