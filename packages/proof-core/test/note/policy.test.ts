import { beforeAll, describe, expect, test } from 'vitest';
import { base64Encode } from '../../src/bytes/base64.ts';
import { concatBytes } from '../../src/bytes/compare.ts';
import { formatCheckpoint } from '../../src/note/checkpoint.ts';
import { cosignNote } from '../../src/note/cosignature.ts';
import { keyIdOf } from '../../src/note/key-form.ts';
import { cosignatureKey, formatVkey, noteKey } from '../../src/note/key.ts';
import { type NoteSignature, formatNote, parseNote } from '../../src/note/note.ts';
import { MAX_POLICY_BYTES, MAX_POLICY_NAMES, type Policy, parsePolicy } from '../../src/note/policy.ts';
import { signNote } from '../../src/note/sign.ts';
import { hasCosigned, verifyPolicy } from '../../src/note/verify-policy.ts';
import { engine } from '../../src/node/engine.ts';
import { makeLeaves } from '../merkle/leaves.ts';
import { codeOf, codeOfAsync } from '../merkle/refused.ts';
import { bytes, ed25519, p256, rsa } from './signers.ts';

const ORIGIN = 'example.com/log';
const log = ed25519(1);
const logVkey = formatVkey(noteKey(ORIGIN, log.publicKey));
const witnesses = [10, 11, 12, 13, 14].map((seed) => ed25519(seed));
const names = ['X1', 'X2', 'X3', 'Y1', 'Y2'];
const vkeys = witnesses.map(({ publicKey }, i) => formatVkey(cosignatureKey(`w${i}.example`, publicKey)));
const WITNESSES = names.map((name, i) => `witness ${name} ${vkeys[i]}`).join('\n');
const LEVELS = `log ${logVkey}
${WITNESSES}
group X-witnesses 2 X1 X2 X3
group Y-witnesses any Y1 Y2
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

describe('parsing', () => {
  test('logs, witnesses, groups and the quorum', () => {
    const policy = parsePolicy(bytes(LEVELS));
    expect(policy.logs).toEqual([{ name: ORIGIN, key: expect.objectContaining({ name: ORIGIN, type: 1 }) }]);
    expect(policy.witnesses.map(({ name }) => name)).toEqual(names);
    expect(policy.quorum).toMatchObject({
      name: 'X-and-Y',
      threshold: 2,
      members: [
        { name: 'X-witnesses', threshold: 2, members: [{ name: 'X1' }, { name: 'X2' }, { name: 'X3' }] },
        { name: 'Y-witnesses', threshold: 1 },
      ],
    });
  });

  test('spaces, tabs, comments, empty lines, URLs and names of other letters', () => {
    const policy = parsePolicy(
      bytes(`\n  # a comment: ü\n\t log\t${logVkey}   https://example.com/ü \n#x\nwitness ζ ${vkeys[0]} https://w.example/\nquorum ζ\n`),
    );
    expect(policy.logs[0]!.url).toBe('https://example.com/ü');
    expect(policy.quorum).toMatchObject({ kind: 'witness', name: 'ζ', url: 'https://w.example/' });
  });

  test('names are octets: the Kelvin sign is not K, and bytes that are no UTF-8 are a name', () => {
    expect(codeOf(() => parsePolicy(bytes(`witness K ${vkeys[0]}\nquorum \u212a\n`)))).toBe('ERR_POLICY');
    const odd = concatBytes(bytes('witness '), Uint8Array.of(0xff), bytes(` ${vkeys[0]}\nquorum `), Uint8Array.of(0xff, 10));
    expect(parsePolicy(odd).quorum?.kind).toBe('witness');
    const mixed = concatBytes(bytes('witness '), Uint8Array.of(0xe9), bytes(` ${vkeys[0]}\nquorum é\n`));
    expect(codeOf(() => parsePolicy(mixed))).toBe('ERR_POLICY');
  });

  test('no witness is asked for by the quorum none', () => {
    expect(parsePolicy(bytes(`log ${logVkey}\nquorum none\n`)).quorum).toBeUndefined();
    expect(parsePolicy(bytes('quorum none\n'))).toEqual({ logs: [], witnesses: [] });
  });

  test('logs of every log type are read; of a type that is not verified here, without a key', () => {
    const other = new Uint8Array([0x06, ...new Uint8Array(1312).fill(7)]);
    const vkey = `pq.example+${keyIdOf('pq.example', other, engine).toString(16).padStart(8, '0')}+${base64Encode(other)}`;
    const sth = new Uint8Array([0x05, ...new Uint8Array(32).fill(7)]);
    const sthVkey = `sth.example+${keyIdOf('sth.example', sth, engine).toString(16).padStart(8, '0')}+${base64Encode(sth)}`;
    const policy = parsePolicy(
      bytes(
        `log ${formatVkey(noteKey('ec.example', p256().publicKey))}\nlog ${formatVkey(noteKey('rsa.example', rsa().publicKey))}\n` +
          `log ${vkey}\nlog ${sthVkey}\nwitness w ${vkey}\nquorum w\n`,
      ),
    );
    expect(policy.logs.map(({ name, key }) => [name, key?.type])).toEqual([
      ['ec.example', 2],
      ['rsa.example', 255],
      ['pq.example', 6],
      ['sth.example', undefined],
    ]);
    expect(policy.witnesses[0]!.key.type).toBe(6);
  });

  test('a chain of groups as deep as can be is judged; one name more is refused', async () => {
    const chain = (groups: number): Uint8Array =>
      bytes(
        `log ${logVkey}\nwitness w0 ${vkeys[0]}\n${Array.from({ length: groups }, (_, i) => `group w${i + 1} all w${i}\n`).join('')}quorum w${groups}\n`,
      );
    const deepest = parsePolicy(chain(MAX_POLICY_NAMES - 1));
    expect(hasCosigned(deepest.quorum!, new Set([deepest.witnesses[0]!.key]))).toBe(true);
    expect(hasCosigned(deepest.quorum!, new Set())).toBe(false);
    expect(codeOf(() => parsePolicy(chain(MAX_POLICY_NAMES)))).toBe('ERR_POLICY');
  });

  test('32 logs, witnesses and groups are read', () => {
    const many = Array.from({ length: 32 }, (_, i) => ed25519(100 + i).publicKey);
    const lines = [
      ...many.map((key, i) => `log ${formatVkey(noteKey(`log${i}.example`, key))}`),
      ...many.map((key, i) => `witness w${i} ${formatVkey(cosignatureKey(`w${i}.example`, key))}`),
      ...many.map((_, i) => `group g${i} all w${i}`),
      'group all any w0',
      `quorum g31`,
    ].filter((line) => !line.startsWith('group all'));
    expect(parsePolicy(bytes(`${lines.join('\n')}\n`)).logs).toHaveLength(32);
  });

  const W = `witness a ${vkeys[0]}\nwitness b ${vkeys[1]}\n`;
  test.each([
    ['nothing', ''],
    ['no quorum', `log ${logVkey}\n`],
    ['two quorums', 'quorum none\nquorum none\n'],
    ['an unknown quorum', 'quorum a\n'],
    ['a quorum before its witness', `quorum a\n${W}`],
    ['an unknown word', 'witnesses a\nquorum none\n'],
    ['an upper-case word', 'Quorum none\n'],
    ['a comment behind a line', 'quorum none # nobody\n'],
    ['no line feed at the end', 'quorum none'],
    ['CRLF', 'quorum none\r\n'],
    ['a zero byte', 'quorum none\0\n'],
    ['a delete character', '#\u007f\nquorum none\n'],
    ['a log without a key', 'log\nquorum none\n'],
    ['a log with two URLs', `log ${logVkey} a b\nquorum none\n`],
    ['a witness without a key', 'witness a\nquorum none\n'],
    ['the same log twice', `log ${logVkey}\nlog ${logVkey}\nquorum none\n`],
    ['one log key under two names', `log ${logVkey}\nlog ${formatVkey(noteKey('other', log.publicKey))}\nquorum none\n`],
    ['one witness key under two names', `witness a ${vkeys[0]}\nwitness b ${vkeys[0]}\nquorum a\n`],
    [
      'one witness key under two key names',
      `witness a ${vkeys[0]}\nwitness b ${formatVkey(cosignatureKey('other', witnesses[0]!.publicKey))}\nquorum a\n`,
    ],
    ['one name for two witnesses', `witness a ${vkeys[0]}\nwitness a ${vkeys[1]}\nquorum a\n`],
    ['a witness called none', `witness none ${vkeys[0]}\nquorum none\n`],
    ['a group called none', `${W}group none any a\nquorum none\n`],
    ['a group with a witness’s name', `${W}group a any b\nquorum a\n`],
    ['a group without members', `${W}group g any\nquorum g\n`],
    ['a group that names itself', `${W}group g any g\nquorum g\n`],
    ['a group of unknown members', `${W}group g any a c\nquorum g\n`],
    ['a group with none as member', `${W}group g any a none\nquorum g\n`],
    ['a member twice in a group', `${W}group g any a a\nquorum g\n`],
    ['a member in two groups', `${W}group g any a\ngroup h any a\nquorum g\n`],
    ['a threshold of 0', `${W}group g 0 a b\nquorum g\n`],
    ['a threshold above the members', `${W}group g 3 a b\nquorum g\n`],
    ['a threshold with a leading zero', `${W}group g 01 a b\nquorum g\n`],
    ['a negative threshold', `${W}group g -1 a b\nquorum g\n`],
    ['a threshold of 10^9', `${W}group g 1000000000 a b\nquorum g\n`],
    ['an upper-case rule', `${W}group g ALL a b\nquorum g\n`],
  ])('%s is refused', (_, policy) => {
    expect(codeOf(() => parsePolicy(bytes(policy)))).toBe('ERR_POLICY');
  });

  test('keys of the wrong kind, or damaged, are refused with the line', () => {
    const asLog = formatVkey(noteKey('w', witnesses[0]!.publicKey));
    const cases = [
      [`witness a ${asLog}\nquorum a\n`, 'ERR_NOTE_KEY_TYPE', 'line 1'],
      [`\nlog ${vkeys[0]}\nquorum none\n`, 'ERR_NOTE_KEY_TYPE', 'line 2'],
      [`log ${logVkey.slice(0, -4)}\nquorum none\n`, 'ERR_VKEY', 'line 1'],
      [`log a+b\nquorum none\n`, 'ERR_VKEY', 'line 1'],
    ] as const;
    for (const [policy, code, field] of cases) {
      expect(() => parsePolicy(bytes(policy))).toThrow(expect.objectContaining({ code, field }));
    }
  });

  test('a policy of any length is refused in bounded time', () => {
    expect(codeOf(() => parsePolicy(new Uint8Array(MAX_POLICY_BYTES + 1).fill(10)))).toBe('ERR_POLICY');
    expect(codeOf(() => parsePolicy(bytes(`quorum none\n${'#\n'.repeat(130_000)}`)))).toBeUndefined();
    expect(codeOf(() => parsePolicy(bytes(`group g any${' a'.repeat(130_000)}\n`)))).toBe('ERR_POLICY');
  });
});

describe('verifying', () => {
  const [root] = makeLeaves(1) as [Uint8Array];
  const content = formatCheckpoint({ origin: ORIGIN, size: 20, root });
  let signed: NoteSignature[];
  let lines: NoteSignature[];
  let policy: Policy;
  beforeAll(async () => {
    signed = [...parseNote(await signNote(content, [{ name: ORIGIN, signer: log }])).signatures];
    lines = await Promise.all(witnesses.map((signer, i) => cosignNote(content, { name: `w${i}.example`, signer }, 1000 + i)));
    policy = parsePolicy(bytes(LEVELS));
  });
  const note = (...which: readonly number[]): Uint8Array => formatNote(content, [...signed, ...which.map((i) => lines[i]!)]);

  test('exactly the sets of witnesses that the quorum allows are enough', async () => {
    for (let set = 0; set < 32; set++) {
      const which = [0, 1, 2, 3, 4].filter((i) => set & (1 << i));
      const isEnough = which.filter((i) => i < 3).length >= 2 && which.some((i) => i >= 3);
      const code = await codeOfAsync(() => verifyPolicy(note(...which), policy));
      expect([which, code]).toEqual([which, isEnough ? undefined : 'ERR_POLICY_QUORUM']);
    }
  });

  test('the verdict has the checkpoint and the cosignatures that count', async () => {
    const verdict = await verifyPolicy(note(4, 0, 1), policy);
    expect(verdict.checkpoint).toEqual({ origin: ORIGIN, size: 20, root });
    expect(verdict.cosignatures.map(({ key, time }) => [key.name, time])).toEqual([
      ['w4.example', 1004],
      ['w0.example', 1000],
      ['w1.example', 1001],
    ]);
  });

  test('one witness twice counts once', async () => {
    expect(await codeOfAsync(() => verifyPolicy(note(0, 0, 3), policy))).toBe('ERR_POLICY_QUORUM');
    const again = await cosignNote(content, { name: 'w0.example', signer: witnesses[0]! }, 5000);
    const twice = formatNote(content, [...signed, lines[0]!, again, lines[3]!]);
    expect(await codeOfAsync(() => verifyPolicy(twice, policy))).toBe('ERR_POLICY_QUORUM');
  });

  test('cosignatures outside the caller’s time do not count', async () => {
    const full = note(0, 1, 3);
    expect(await codeOfAsync(() => verifyPolicy(full, policy, { earliest: 1000, latest: 1003 }))).toBeUndefined();
    expect(await codeOfAsync(() => verifyPolicy(full, policy, { earliest: 1001 }))).toBe('ERR_POLICY_QUORUM');
    expect(await codeOfAsync(() => verifyPolicy(full, policy, { latest: 1002 }))).toBe('ERR_POLICY_QUORUM');
  });

  test('a known witness’s bad cosignature spoils the note', async () => {
    const bad = { ...lines[2]!, signature: lines[2]!.signature.with(40, lines[2]!.signature[40]! ^ 1) };
    const spoilt = formatNote(content, [...signed, lines[0]!, lines[1]!, lines[3]!, bad]);
    expect(await codeOfAsync(() => verifyPolicy(spoilt, policy))).toBe('ERR_NOTE_SIGNATURE');
  });

  test('cosignatures without a log’s signature are nothing', async () => {
    expect(await codeOfAsync(() => verifyPolicy(formatNote(content, lines), policy))).toBe('ERR_NOTE_UNVERIFIED');
    const none = parsePolicy(bytes('quorum none\n'));
    expect(await codeOfAsync(() => verifyPolicy(note(), none))).toBe('ERR_NOTE_UNVERIFIED');
    expect(await codeOfAsync(() => verifyPolicy(note(), none, { keys: [noteKey(ORIGIN, log.publicKey)] }))).toBeUndefined();
  });

  test('a listed log does not speak for another', async () => {
    const elsewhere = formatCheckpoint({ origin: 'other.example', size: 20, root });
    const forged = await signNote(elsewhere, [{ name: ORIGIN, signer: log }]);
    expect(await codeOfAsync(() => verifyPolicy(forged, parsePolicy(bytes(`log ${logVkey}\nquorum none\n`))))).toBe(
      'ERR_CHECKPOINT_ORIGIN',
    );
  });

  test('an ML-DSA-44 witness never counts without a module for it', async () => {
    const other = new Uint8Array([0x06, ...new Uint8Array(1312).fill(7)]);
    const keyId = keyIdOf('pq.example', other, engine);
    const vkey = `pq.example+${keyId.toString(16).padStart(8, '0')}+${base64Encode(other)}`;
    const asking = parsePolicy(bytes(`log ${logVkey}\nwitness w ${vkey}\nquorum w\n`));
    const claimed = formatNote(content, [...signed, { name: 'pq.example', keyId, signature: new Uint8Array(2428) }]);
    expect(await codeOfAsync(() => verifyPolicy(claimed, asking))).toBe('ERR_POLICY_QUORUM');
  });
});
