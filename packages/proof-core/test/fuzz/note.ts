import { concatBytes, equalBytes } from '../../src/bytes/compare.ts';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { defaultEngine } from '../../src/engine/default.ts';
import { ProofError } from '../../src/errors.ts';
import { mlDsa44Key, withMlDsa } from '../../src/key/ml-dsa.ts';
import { formatCheckpoint, parseCheckpoint } from '../../src/note/checkpoint.ts';
import { subtreeMessage, u64 } from '../../src/note/cosigned-message.ts';
import { cosignNote, verifyCosignatures } from '../../src/note/cosignature.ts';
import { cosignatureKey, formatVkey, noteKey, parseVkey } from '../../src/note/key.ts';
import { formatNote, formatSignature, parseNote, parseSignatures } from '../../src/note/note.ts';
import { parsePolicy } from '../../src/note/policy.ts';
import { formatPrivateKey, parsePrivateKey } from '../../src/note/private-key.ts';
import { signNote } from '../../src/note/sign.ts';
import { verifyNote } from '../../src/note/verify.ts';
import { splitVkey } from '../../src/note/vkey.ts';
import { formatAddCheckpoint, parseAddCheckpoint } from '../../src/note/witness.ts';
import { formatTlogProof, parseTlogProof } from '../../src/proof/tlog-proof.ts';
import { makeLeaves } from '../merkle/leaves.ts';
import { EXAMPLE, PETER, REMORA } from '../note/published.ts';
import { ed25519, p256 } from '../note/signers.ts';

/** Runs a call that may refuse with a code and nothing else. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}

async function attemptAsync<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** A parser whose value writes back the bytes it was read from, and no others. */
function roundTrip<T>(
  name: string,
  seeds: readonly Uint8Array[],
  parse: (bytes: Uint8Array) => T,
  format: (value: T) => Uint8Array,
): FuzzTarget {
  return {
    name,
    seeds,
    run(bytes) {
      const value = attempt(() => parse(bytes));
      if (value !== undefined) check(equalBytes(format(value), bytes), 'it writes back otherwise');
    },
  };
}

interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  run(bytes: Uint8Array): void | Promise<void>;
}

const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

const ORIGIN = 'example.com/log';
const log = ed25519(1);
const witness = ed25519(2);
const logKey = noteKey(ORIGIN, log.publicKey);
const ecKey = noteKey('ec.example', p256().publicKey);
const witnessKey = cosignatureKey('w.example', witness.publicKey);
const leaves = makeLeaves(4);
const TEXT = formatCheckpoint({ origin: ORIGIN, size: 12, root: leaves[0]! });
const signed = await signNote(TEXT, [
  { name: ORIGIN, signer: log },
  { name: 'ec.example', signer: p256() },
]);
const line = await cosignNote(TEXT, { name: 'w.example', signer: witness }, 1_700_000_000);
const cosigned = formatNote(TEXT, [...parseNote(signed).signatures, line]);
// A signature scheme that knows one message: what is signed is under test here, not FIPS 204.
const pqKey = cosignatureKey('pq.example', mlDsa44Key(new Uint8Array(1312).fill(7)));
const pqMessage = subtreeMessage(TEXT, 'pq.example', 1_700_000_000);
const pqEngine = withMlDsa(defaultEngine, { ml_dsa44: { verify: (_, message) => equalBytes(message, pqMessage) } });
const pqLine = { name: 'pq.example', keyId: pqKey.keyId, signature: concatBytes(u64(1_700_000_000), new Uint8Array(2420)) };
const policy = `# policy\nlog ${formatVkey(logKey)} https://example.com/\nwitness w ${formatVkey(witnessKey)}\ngroup g 1 w\nquorum g\n`;

export const targets: readonly FuzzTarget[] = [
  roundTrip('note/note', [cosigned, utf8Encode(EXAMPLE.note)], parseNote, (note) => formatNote(note.textBytes, note.signatures)),
  roundTrip('note/signatures', [formatSignature(line)], parseSignatures, (lines) =>
    concatBytes(...lines.map((one) => formatSignature(one))),
  ),
  roundTrip('note/checkpoint', [TEXT], (bytes) => parseCheckpoint(bytes), formatCheckpoint),
  roundTrip(
    'note/checkpoint-extensions',
    [concatBytes(TEXT, utf8Encode('one\ntwo\n'))],
    (bytes) => parseCheckpoint(bytes, { extensions: true }),
    formatCheckpoint,
  ),
  roundTrip(
    'note/witness',
    [0, 12]
      .map((old) => formatAddCheckpoint({ old, proof: [], note: signed }))
      .concat(formatAddCheckpoint({ old: 3, proof: leaves, note: signed })),
    parseAddCheckpoint,
    formatAddCheckpoint,
  ),
  roundTrip(
    'proof/tlog-proof',
    [
      formatTlogProof({ index: 3, hashes: leaves, note: cosigned }),
      formatTlogProof({ index: 0, hashes: [], note: signed, extra: Uint8Array.of(1, 2, 3) }),
    ],
    parseTlogProof,
    formatTlogProof,
  ),
  {
    name: 'note/vkey',
    seeds: [EXAMPLE.vkey, PETER.vkey, REMORA, formatVkey(ecKey)].map((vkey) => utf8Encode(vkey)),
    run(bytes) {
      const text = textOf(bytes);
      attempt(() => splitVkey(text));
      const key = attempt(() => parseVkey(text));
      if (key !== undefined) check(formatVkey(key) === text, 'it writes back otherwise');
    },
  },
  {
    name: 'note/private-key',
    seeds: [utf8Encode(PETER.privateKey)],
    run(bytes) {
      const text = textOf(bytes);
      const parsed = attempt(() => parsePrivateKey(text));
      if (parsed !== undefined) check(formatPrivateKey(parsed.key.name, parsed.seed) === text, 'it writes back otherwise');
    },
  },
  {
    name: 'note/policy',
    seeds: [utf8Encode(policy), utf8Encode('quorum none\n')],
    run(bytes) {
      attempt(() => parsePolicy(bytes));
    },
  },
  {
    name: 'note/verify',
    seeds: [cosigned, signed],
    async run(bytes) {
      const note = await attemptAsync(() => verifyNote(bytes, [logKey, ecKey]));
      if (note !== undefined) check(equalBytes(note.textBytes, TEXT), 'another text verified');
    },
  },
  {
    name: 'note/cosignature',
    seeds: [cosigned],
    async run(bytes) {
      const note = attempt(() => parseNote(bytes));
      if (note === undefined) return;
      const found = await attemptAsync(() => verifyCosignatures(note, [witnessKey]));
      if (found?.length === 1) check(equalBytes(note.textBytes, TEXT) && found[0]!.time === 1_700_000_000, 'another statement verified');
    },
  },
  {
    name: 'note/cosignature-ml-dsa',
    seeds: [formatNote(TEXT, [pqLine]), formatNote(concatBytes(TEXT, utf8Encode('extension\n')), [pqLine])],
    async run(bytes) {
      const note = attempt(() => parseNote(bytes));
      if (note === undefined) return;
      const found = await attemptAsync(() => verifyCosignatures(note, [pqKey], pqEngine));
      if (found?.length !== 1) return;
      const { origin, size, root } = parseCheckpoint(note.textBytes, { extensions: true });
      check(origin === ORIGIN && size === 12 && equalBytes(root, leaves[0]!), 'another checkpoint verified');
      check(found[0]!.time === 1_700_000_000, 'another time verified');
    },
  },
];
