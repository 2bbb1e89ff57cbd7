import { describe, expect, test } from 'vitest';
import { base64Encode } from '../../src/bytes/base64.ts';
import { concatBytes } from '../../src/bytes/compare.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { CompactRange } from '../../src/merkle/compact-range.ts';
import { TreeView } from '../../src/merkle/tree.ts';
import { formatCheckpoint } from '../../src/note/checkpoint.ts';
import { cosignNote } from '../../src/note/cosignature.ts';
import { cosignatureKey, formatVkey, noteKey } from '../../src/note/key.ts';
import { formatNote, parseNote } from '../../src/note/note.ts';
import { parsePolicy } from '../../src/note/policy.ts';
import { signNote } from '../../src/note/sign.ts';
import { formatTlogProof, parseTlogProof } from '../../src/proof/tlog-proof.ts';
import { verifyTlogProof } from '../../src/proof/verify.ts';
import { makeLeaves } from '../merkle/leaves.ts';
import { mutations } from '../merkle/mutations.ts';
import { codeOf, codeOfAsync, expectRefusal } from '../merkle/refused.ts';
import { bytes, ed25519, text } from '../note/signers.ts';

const ORIGIN = 'example.com/fancylog';
const SIZE = 11;
const INDEX = 6;
const log = ed25519(1);
const key = noteKey(ORIGIN, log.publicKey);
const leaves = makeLeaves(SIZE);
const view = new TreeView(CompactRange.empty(), concatBytes(...leaves));
const content = formatCheckpoint({ origin: ORIGIN, size: SIZE, root: view.root() });
const note = await signNote(content, [{ name: ORIGIN, signer: log }]);
const hashes = view.inclusionProof(INDEX);
const proof = formatTlogProof({ index: INDEX, hashes, note });
const HASHES = hashes.map((hash) => `${base64Encode(hash)}\n`).join('');
const body = (head: string): Uint8Array => bytes(`${head}\n${text(note)}`);
const trust = { keys: [key] };

test('a proof is its header, index, hashes, an empty line and the note', () => {
  expect(text(proof)).toBe(`c2sp.org/tlog-proof@v1\nindex 6\n${HASHES}\n${text(note)}`);
  expect(parseTlogProof(proof)).toEqual({ index: INDEX, hashes, note });
});

test('extra data has a line of its own and comes back, unauthenticated', async () => {
  const extra = Uint8Array.of(1, 2, 3);
  const file = formatTlogProof({ index: INDEX, hashes, note, extra });
  expect(text(file)).toBe(`c2sp.org/tlog-proof@v1\nextra AQID\nindex 6\n${HASHES}\n${text(note)}`);
  expect(parseTlogProof(file).extra).toEqual(extra);
  expect((await verifyTlogProof(file, leaves[INDEX]!, trust)).extra).toEqual(extra);
  const largest = new Uint8Array(65_535).fill(7);
  expect(parseTlogProof(formatTlogProof({ index: INDEX, hashes, note, extra: largest })).extra).toHaveLength(65_535);
});

test('a log of one leaf has a proof without hashes', async () => {
  const single = new TreeView(CompactRange.empty(), leaves[0]!);
  const first = await signNote(formatCheckpoint({ origin: ORIGIN, size: 1, root: single.root() }), [{ name: ORIGIN, signer: log }]);
  const file = formatTlogProof({ index: 0, hashes: [], note: first });
  expect(text(file)).toBe(`c2sp.org/tlog-proof@v1\nindex 0\n\n${text(first)}`);
  expect((await verifyTlogProof(file, leaves[0]!, trust)).checkpoint.size).toBe(1);
});

describe('another form is refused', () => {
  test.each([
    ['nothing', '', 'ERR_TLOG_PROOF'],
    ['another header', `c2sp.org/tlog-proof@v2\nindex 6\n${HASHES}`, 'ERR_TLOG_PROOF'],
    ['a space after the header', `c2sp.org/tlog-proof@v1 \nindex 6\n${HASHES}`, 'ERR_TLOG_PROOF'],
    ['no index', `c2sp.org/tlog-proof@v1\n${HASHES}`, 'ERR_TLOG_PROOF'],
    ['no index and no hashes', `c2sp.org/tlog-proof@v1\n`, 'ERR_TLOG_PROOF'],
    ['a leading zero', `c2sp.org/tlog-proof@v1\nindex 06\n${HASHES}`, 'ERR_DECIMAL'],
    ['a negative index', `c2sp.org/tlog-proof@v1\nindex -6\n${HASHES}`, 'ERR_DECIMAL'],
    ['an index that is no number', `c2sp.org/tlog-proof@v1\nindex six\n${HASHES}`, 'ERR_DECIMAL'],
    ['an index of 2^53', `c2sp.org/tlog-proof@v1\nindex 9007199254740992\n${HASHES}`, 'ERR_TREE_SIZE'],
    ['an index outside the tree', `c2sp.org/tlog-proof@v1\nindex 11\n${HASHES}`, 'ERR_INDEX'],
    ['extra after the index', `c2sp.org/tlog-proof@v1\nindex 6\nextra AQID\n${HASHES}`, 'ERR_BASE64'],
    ['extra twice', `c2sp.org/tlog-proof@v1\nextra AQID\nextra AQID\nindex 6\n${HASHES}`, 'ERR_TLOG_PROOF'],
    ['empty extra', `c2sp.org/tlog-proof@v1\nextra \nindex 6\n${HASHES}`, 'ERR_TLOG_PROOF'],
    ['lax base64 in extra', `c2sp.org/tlog-proof@v1\nextra AQID=\nindex 6\n${HASHES}`, 'ERR_BASE64'],
    ['a hash of 31 bytes', `c2sp.org/tlog-proof@v1\nindex 6\n${base64Encode(new Uint8Array(31))}\n`, 'ERR_HASH_LENGTH'],
    ['lax base64 in a hash', `c2sp.org/tlog-proof@v1\nindex 6\n${HASHES.slice(0, 43)}\n`, 'ERR_BASE64'],
    ['65 hashes', `c2sp.org/tlog-proof@v1\nindex 6\n${`${base64Encode(leaves[0]!)}\n`.repeat(65)}`, 'ERR_TLOG_PROOF'],
    ['CRLF', `c2sp.org/tlog-proof@v1\r\nindex 6\r\n\r\n`, 'ERR_TLOG_PROOF'],
  ] as const)('%s', (_, head, code) => {
    expect(codeOf(() => parseTlogProof(body(head)))).toBe(code);
  });

  test('what follows must be a signed checkpoint', () => {
    expectRefusal(() => parseTlogProof(bytes(`c2sp.org/tlog-proof@v1\nindex 6\n${HASHES}\ncheckpoint\n`)), 'ERR_NOTE_SYNTAX');
    expectRefusal(() => parseTlogProof(bytes(`c2sp.org/tlog-proof@v1\nindex 6\n${HASHES}\na\n\n\u2014 n AAAAAAA=\n`)), 'ERR_CHECKPOINT');
    expectRefusal(() => parseTlogProof(bytes(`c2sp.org/tlog-proof@v1\nindex 6`)), 'ERR_TLOG_PROOF');
  });

  test('a file of any length is refused in bounded time', () => {
    expectRefusal(() => parseTlogProof(new Uint8Array(10_000_000).fill(97)), 'ERR_TLOG_PROOF');
    expectRefusal(() => parseTlogProof(new Uint8Array(200_000).fill(97)), 'ERR_TLOG_PROOF');
    expectRefusal(() => parseTlogProof(bytes(`c2sp.org/tlog-proof@v1\n${'x\n'.repeat(40_000)}\n`)), 'ERR_TLOG_PROOF');
  });

  test('what parseTlogProof would refuse is not written', () => {
    expectRefusal(() => formatTlogProof({ index: SIZE, hashes, note }), 'ERR_INDEX');
    expectRefusal(() => formatTlogProof({ index: INDEX, hashes: [new Uint8Array(31)], note }), 'ERR_HASH_LENGTH');
    expectRefusal(() => formatTlogProof({ index: INDEX, hashes, note: bytes('hello\n') }), 'ERR_NOTE_SYNTAX');
    expectRefusal(() => formatTlogProof({ index: INDEX, hashes, note, extra: new Uint8Array(0) }), 'ERR_TLOG_PROOF');
    expectRefusal(() => formatTlogProof({ index: INDEX, hashes, note, extra: new Uint8Array(65_536) }), 'ERR_TLOG_PROOF');
  });
});

describe('verifying', () => {
  test('both engines accept the proof of every leaf', async () => {
    for (const [index, leaf] of leaves.entries()) {
      const file = formatTlogProof({ index, hashes: view.inclusionProof(index), note });
      expect(await verifyTlogProof(file, leaf, trust)).toMatchObject({ index, checkpoint: { origin: ORIGIN, size: SIZE } });
      expect((await verifyTlogProof(file, leaf, trust, portable)).index).toBe(index);
    }
  });

  test.each(mutations)('%s is refused', async (_, mutate) => {
    for (const mutated of mutate(hashes)) {
      if (mutated.some((hash) => hash.length !== 32)) continue;
      const file = formatTlogProof({ index: INDEX, hashes: mutated, note });
      expect(['ERR_INCLUSION', 'ERR_PROOF_LENGTH']).toContain(await codeOfAsync(() => verifyTlogProof(file, leaves[INDEX]!, trust)));
    }
  });

  test('another leaf, index, key or origin is refused', async () => {
    expect(await codeOfAsync(() => verifyTlogProof(proof, leaves[5]!, trust))).toBe('ERR_INCLUSION');
    const moved = formatTlogProof({ index: 5, hashes, note });
    expect(await codeOfAsync(() => verifyTlogProof(moved, leaves[INDEX]!, trust))).toBe('ERR_INCLUSION');
    const stranger = noteKey(ORIGIN, ed25519(2).publicKey);
    expect(await codeOfAsync(() => verifyTlogProof(proof, leaves[INDEX]!, { keys: [stranger] }))).toBe('ERR_NOTE_UNVERIFIED');
    expect(await codeOfAsync(() => verifyTlogProof(proof, leaves[INDEX]!, { ...trust, origin: 'other' }))).toBe('ERR_CHECKPOINT_ORIGIN');
  });

  test('every byte flipped is refused, or changes nothing that was verified', async () => {
    const accepted: number[] = [];
    for (let at = 0; at < proof.length; at++) {
      const flipped = proof.slice();
      flipped[at]! ^= 1;
      if ((await codeOfAsync(() => verifyTlogProof(flipped, leaves[INDEX]!, trust))) === undefined) accepted.push(at);
    }
    expect(accepted).toEqual([]);
  });

  test('a policy may ask for witnesses', async () => {
    const witness = ed25519(7);
    const vkey = formatVkey(cosignatureKey('w.example', witness.publicKey));
    const policy = parsePolicy(bytes(`log ${formatVkey(key)}\nwitness w ${vkey}\nquorum w\n`));
    expect(await codeOfAsync(() => verifyTlogProof(proof, leaves[INDEX]!, { policy }))).toBe('ERR_POLICY_QUORUM');
    const line = await cosignNote(content, { name: 'w.example', signer: witness }, 1000);
    const cosigned = formatTlogProof({ index: INDEX, hashes, note: formatNote(content, [...parseNote(note).signatures, line]) });
    expect((await verifyTlogProof(cosigned, leaves[INDEX]!, { policy })).index).toBe(INDEX);
    expect(await codeOfAsync(() => verifyTlogProof(cosigned, leaves[INDEX]!, { policy, earliest: 1001 }))).toBe('ERR_POLICY_QUORUM');
  });

  test('what the bytes become while the signatures are checked makes no difference', async () => {
    const mine = proof.slice();
    const leaf = leaves[INDEX]!.slice();
    const verdict = verifyTlogProof(mine, leaf, trust);
    mine.fill(0);
    leaf.fill(0);
    expect((await verdict).index).toBe(INDEX);
  });
});
