// Attacks that verifiers of audit logs in the field have let pass, restated against this format: every one is caught, by its code.
import { constants, generateKeyPairSync, privateEncrypt } from 'node:crypto';
import { Buffer } from 'node:buffer';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { signDocument } from '@countersign/proof-core/document/sign';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { importPublicKey } from '@countersign/proof-core/key/import';
import { verifySignature } from '@countersign/proof-core/key/verify';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { describe, expect, it } from 'vitest';
import {
  CHAIN,
  type Files,
  archiveOf,
  chainOf,
  eventOf,
  recordOf,
  timeOf,
} from '../../packages/audit-chain/test/verify/support/archive.ts';
import { type Expectation, entry, expectCaught, inspect, newSigner, registryOf } from './support/world.ts';

const log = newSigner('log-1');
const licenser = newSigner('license-1');
const resolver = await registryOf(entry(log), entry(licenser, { purposes: ['license'], chains: [] }));
const records = chainOf(60);
const SIZES = [20, 20, 20];

type Lines = readonly Uint8Array[];
const violated = (
  code: Expectation['code'],
  what: string,
  axis: Expectation['axis'] = 'integrity',
  place: Partial<Expectation> = {},
): Expectation => ({
  exit: 10,
  code,
  class: what,
  axis,
  ...place,
});
const edited = (record: Uint8Array, from: string | RegExp, to: string): Uint8Array => utf8Encode(utf8Decode(record).replace(from, to));
const archive = (stored?: (lines: Lines, segment: number) => Lines): Promise<Files> =>
  archiveOf(records, SIZES, stored === undefined ? { signers: [log] } : { signers: [log], stored });
/** Record `seq` replaced in the archive. */
const replaced = (seq: number, change: (record: Uint8Array) => Uint8Array): Promise<Files> =>
  archive((lines, segment) => (segment === Math.floor(seq / 20) ? lines.with(seq % 20, change(lines[seq % 20]!)) : lines));
const file = (files: Files, ending: string, nth = 0): string => [...files.keys()].filter((path) => path.endsWith(ending))[nth]!;

describe('what a record says', () => {
  it.each([
    ['type', /"type":"[^"]*"/, '"type":"order.deleted"'],
    ['actor', /"actor":"[^"]*"/, '"actor":"user:evil"'],
    ['time', /"time":"2026-11-21T03:12:25/, '"time":"2026-11-21T03:12:24'],
  ])('its %s is covered by its hash', async (_, from, to) => {
    await expectCaught(
      await replaced(25, (record) => edited(record, from, to)),
      { resolver },
      violated('RECORD_MODIFIED', 'modified', 'integrity', { seq: 25 }),
    );
  });

  it('an old record is covered as well as a new one, and a part of the chain is never called verified', async () => {
    const files = await replaced(1, (record) => edited(record, '"amount":7', '"amount":8'));
    await expectCaught(files, { resolver }, violated('RECORD_MODIFIED', 'modified', 'integrity', { segment: 0, seq: 1 }));
    const part = await inspect(files, { resolver, from: 40, to: 59 });
    expect(part).toMatchObject({ exitCode: 0, verdict: 'partial' });
    expect(part.summary.toLowerCase()).not.toContain('verified');
  });

  it('a record without the hash of the one before is no record', async () => {
    for (const to of ['', '"prev":null,', '"prev":"",']) {
      const files = await replaced(25, (record) => edited(record, /"prev":"[0-9a-f]{64}",/, to));
      await expectCaught(files, { resolver }, violated('RECORD_MODIFIED', 'modified', 'integrity', { seq: 25 }));
    }
  });

  it('digits cannot wander from the payload into the hash of the one before', async () => {
    const files = await replaced(25, (record) => edited(edited(record, '"amount":175', '"amount":1'), '"prev":"', '"prev":"75'));
    await expectCaught(files, { resolver }, violated('RECORD_MODIFIED', 'modified', 'integrity', { seq: 25 }));
  });

  it('the first record names no predecessor, in any spelling', async () => {
    for (const prev of ['z'.repeat(64), '0'.repeat(63), '', 'A'.repeat(64)]) {
      const files = await replaced(0, (record) => edited(record, /"prev":"[0-9a-f]{64}"/, `"prev":"${prev}"`));
      await expectCaught(files, { resolver }, violated('RECORD_MODIFIED', 'modified', 'integrity', { seq: 0 }));
    }
  });

  it.each([
    ['a number that its double does not hold', '"amount":175', '"amount":9007199254740993'],
    ['a number spelt in another way', '"amount":175', '"amount":175.0'],
    ['a __proto__ member', '"payload":{', '"payload":{"__proto__":{"amount":1},'],
    ['a member twice', '"amount":175', '"amount":1,"amount":175'],
    ['upper-case escapes', 'Zürich', 'Z\\u00FCrich'],
  ])('%s is found although the writer itself hashed and signed it', async (_, from, to) => {
    const lines: Uint8Array[] = [];
    let prev = '0'.repeat(64);
    for (let seq = 0; seq < 30; seq++) {
      const record = recordOf(seq, prev);
      lines.push(seq === 25 ? edited(record, from, to) : record);
      prev = hexEncode(hashLeaf(lines[seq]!));
    }
    const report = await expectCaught(
      await archiveOf(lines, [20, 10], { signers: [log] }),
      { resolver },
      violated('RECORD_NOT_CANONICAL', 'record not canonical', 'form', { seq: 25 }),
    );
    expect(report.axes.integrity).toBe('pass');
  });
});

describe('what is missing', () => {
  const without = (files: Files, first: number): Files =>
    new Map([...files].filter(([path]) => !path.includes(String(first).padStart(16, '0'))));

  it('the newest records: seen from a pin; without one the verdict says so, and a required anchor refuses', async () => {
    const files = without(await archive(), 40);
    const whole = await inspect(await archive(), { resolver });
    const previous = { chain: CHAIN, size: 60, root: whole.checkpoint!.root };
    await expectCaught(files, { resolver, previous }, violated('TAIL_TRUNCATED', 'truncated tail', 'completeness', { seq: 40 }));
    const alone = await inspect(files, { resolver });
    expect(alone).toMatchObject({ exitCode: 0, axes: { completeness: 'unanchored' } });
    expect(alone.summary).toContain('later records cannot be excluded');
    await expectCaught(
      files,
      { resolver, require: ['anchor'] },
      { exit: 12, code: 'REQUIREMENT_UNMET', class: 'requirement not met', axis: 'completeness', field: 'anchor' },
    );
  });

  it('the oldest records', async () => {
    await expectCaught(without(await archive(), 0), { resolver }, violated('HEAD_TRUNCATED', 'truncated head', 'completeness', { seq: 0 }));
  });

  it('everything', async () => {
    await expectCaught(
      new Map(),
      { resolver, chain: CHAIN },
      { exit: 12, code: 'NOTHING_TO_VERIFY', class: 'nothing to verify', axis: 'completeness' },
    );
  });
});

describe('who signed', () => {
  it('a key of another purpose', async () => {
    const files = await archiveOf(records, SIZES, { signers: [licenser] });
    await expectCaught(files, { resolver }, { exit: 11, code: 'SIGNER_PURPOSE', class: 'signer', axis: 'signerTrust' });
  });

  it('a key that was valid later only: the time is no more than asserted, and a required time refuses', async () => {
    const later = await registryOf(entry(log, { validFrom: '2030-01-01T00:00:00.000Z' }));
    expect((await inspect(await archive(), { resolver: later })).axes.time).toBe('asserted');
    await expectCaught(
      await archive(),
      { resolver: later, require: ['time'] },
      { exit: 12, code: 'REQUIREMENT_UNMET', class: 'requirement not met', axis: 'time', field: 'time' },
    );
  });

  it("another service's whole valid chain", async () => {
    const other = 'other.example.com/audit';
    const files = await archiveOf(chainOf(60, { chain: other }), SIZES, { signers: [log], chain: other });
    expect((await inspect(files, { resolver })).findings[0]).toMatchObject({ code: 'SIGNER_CHAIN' });
    await expectCaught(
      files,
      { resolver, chain: CHAIN },
      { exit: 12, code: 'NOTHING_TO_VERIFY', class: 'nothing to verify', axis: 'completeness' },
    );
  });

  it('an attacker under the name of a registered key', async () => {
    const evil = newSigner('log-1');
    const files = await archiveOf(chainOf(60, { time: (seq) => timeOf(seq + 9) }), SIZES, { signers: [evil] });
    await expectCaught(files, { resolver }, { exit: 11, code: 'MANIFEST_SIGNATURE', class: 'signature', axis: 'signerTrust' });
  });

  it('junk behind a signature, or the other alphabet of base64', async () => {
    for (const change of [
      (text: string) => `${text.slice(0, -5)}AA==${text.slice(-5)}`,
      (text: string) => text.replace(/"signature":"[^"]*/, '$&='),
    ]) {
      const files = await archive();
      const path = file(files, '.manifest.json', 1);
      files.set(path, utf8Encode(change(utf8Decode(files.get(path)!))));
      await expectCaught(files, { resolver }, violated('MANIFEST_MALFORMED', 'manifest chain'));
    }
  });

  it('a license passes neither for a manifest nor for a record', async () => {
    const license = await signDocument({
      type: DOCUMENT_TYPES.license,
      purpose: 'license',
      payload: { order: 'order:1' },
      signers: [log],
      form: 'general',
    });
    const files = await archive();
    files.set(file(files, '.manifest.json', 1), license);
    await expectCaught(files, { resolver }, violated('MANIFEST_MALFORMED', 'manifest chain'));
    const genesis = await archiveOf(records, SIZES, {
      signers: [log],
      stored: (lines, i) => (i === 0 ? lines.with(0, license.slice(0, -1)) : lines),
    });
    await expectCaught(genesis, { resolver }, violated('RECORD_MODIFIED', 'modified', 'integrity', { seq: 0 }));
  });

  it('a segment that is not the last is covered like the last', async () => {
    const files = await replaced(3, (record) => edited(record, '"amount":21', '"amount":22'));
    await expectCaught(files, { resolver }, violated('RECORD_MODIFIED', 'modified', 'integrity', { segment: 0, seq: 3 }));
  });
});

describe('keys and signatures that pass elsewhere', () => {
  it('a small-order Ed25519 key is refused where keys come in', () => {
    for (const hex of ['01', '00', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f']) {
      expect(() => importPublicKey(Buffer.from(hex.padEnd(64, '0'), 'hex'))).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^ERR_KEY_/) as string }),
      );
    }
  });

  it('an RSA key of 1,024 bits, or with exponent 3, too', () => {
    for (const options of [{ modulusLength: 1024 }, { modulusLength: 2048, publicExponent: 3 }]) {
      const { publicKey } = generateKeyPairSync('rsa', options);
      const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
      expect(() => importPublicKey(pem)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_KEY_/) as string }));
    }
  });

  it('an RSA block with the digest somewhere in it is no signature', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = importPublicKey(publicKey.export({ type: 'spki', format: 'pem' }), { algorithm: 'RS256' });
    const message = utf8Encode('record');
    const info = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), defaultEngine.sha256(message)]);
    const genuine = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(256 - 3 - info.length, 255), Buffer.from([0]), info]);
    const forged = Buffer.concat([
      Buffer.from([0, 1]),
      Buffer.alloc(8, 255),
      Buffer.from([0]),
      info,
      Buffer.alloc(256 - 11 - info.length, 7),
    ]);
    const sign = (block: Buffer): Uint8Array => privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, block);
    expect(await verifySignature(key, message, sign(genuine))).toBe(true);
    expect(await verifySignature(key, message, sign(forged))).toBe(false);
  });
});

describe('two histories', () => {
  it('of two writers are named where they part', async () => {
    const whole = await inspect(await archive(), { resolver });
    const fork = await archiveOf(chainOf(60, { event: (seq) => eventOf(seq, seq >= 30 ? { actor: 'user:other' } : {}) }), SIZES, {
      signers: [log],
    });
    const previous = { chain: CHAIN, size: 60, root: whole.checkpoint!.root };
    await expectCaught(fork, { resolver, previous }, violated('CHAIN_FORKED', 'forked', 'integrity', { seq: 59 }));
    // One segment of each: the next does not continue the one before.
    const mixed = new Map([...(await archive()), ...[...fork].filter(([path]) => path.includes('0000000000000020'))]);
    const report = await inspect(mixed, { resolver });
    expect(report.exitCode).toBe(10);
    expect(report.findings.map(({ code }) => code)).toContain('MANIFEST_CHAIN');
  });
});
