import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { signDocument } from '@countersign/proof-core/document/sign';
import { TreeView } from '@countersign/proof-core/merkle/tree';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { signRegistry } from '@countersign/signer-registry/registry/sign';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import { afterAll, describe, expect, test } from 'vitest';
import { auditVerify } from '../../src/node/audit-verify/program.ts';
import { chainOf, signer } from '../../../audit-chain/test/verify/support/archive.ts';
import { type Run, runHere } from '../support/run.ts';
import { licenseOf, root, stranger, verifyFolder } from '../support/verify-folder.ts';

const folder = await verifyFolder();
afterAll(() => folder.remove());
const run = (...args: string[]): Promise<Run> => runHere(auditVerify, args, folder.path);

interface Said {
  readonly verdict: string;
  readonly findings: readonly { readonly code: string }[];
}

/** Exit code and the codes of the findings. */
async function judged(...args: string[]): Promise<[number, ...string[]]> {
  const { code, out } = await run(...args, '--json');
  return [code, ...(JSON.parse(out) as Said).findings.map((finding) => finding.code)];
}

test('--predecessor asks record 0 of a whole chain: an extract and an evidence pack are refused', async () => {
  writeFileSync(folder.at('part.jsonl'), '');
  writeFileSync(folder.at('part.extract.json'), '{}');
  writeFileSync(folder.at('order.evidence'), '{"checkpoint":"');
  for (const part of ['part.jsonl', 'part.extract.json', 'order.evidence']) {
    const { code, out, err } = await run(part, '-s', 'signers.json', '--predecessor', 'ours.checkpoint');
    expect([code, out], part).toEqual([2, '']);
    expect(err, part).toMatch(/^ERR_CLI_OPTION: --predecessor: .* an extract or evidence pack is a part/);
  }
});

describe('audit-verify document', () => {
  test('accepts what a signer registered for its purpose has signed, for people and as JSON', async () => {
    const { code, out } = await run('document', 'order.license', '-s', 'signers.json', '--type', 'license', '--artifact', 'artifact');
    expect(code).toBe(0);
    expect(out).toMatch(/type +license\n/);
    expect(out).toMatch(/VERIFIED\nlicense: document verified/);
    expect(await judged('document', 'order.license', '-s', 'signers.json')).toEqual([0]);
  });

  test('is inconclusive without a registry, and refuses another type, artifact, signer, purpose, chain of bytes', async () => {
    writeFileSync(folder.at('unknown.license'), await licenseOf(stranger));
    writeFileSync(folder.at('log.license'), await licenseOf(signer));
    const [head, payload, signature] = readFileSync(folder.at('order.license'), 'utf8').split('.');
    const other = Buffer.from(JSON.stringify({ order: 'order:124' })).toString('base64url');
    writeFileSync(folder.at('changed.license'), `${head}.${other}.${signature}`);
    writeFileSync(folder.at('cut.license'), `${head}.${payload}`);
    expect(await judged('document', 'order.license')).toEqual([12, 'NO_REGISTRY']);
    const withSigners = (...args: string[]) => judged('document', ...args, '-s', 'signers.json');
    expect(await withSigners('order.license', '--type', 'delivery')).toEqual([10, 'DOCUMENT_TYPE']);
    expect(await withSigners('order.license', '--artifact', 'checkpoint')).toEqual([10, 'ARTIFACT_DIFFERS']);
    expect(await withSigners('unknown.license')).toEqual([11, 'SIGNER_UNKNOWN']);
    expect(await withSigners('log.license')).toEqual([11, 'SIGNER_PURPOSE']);
    expect(await withSigners('changed.license')).toEqual([11, 'DOCUMENT_SIGNATURE']);
    expect(await withSigners('cut.license')).toEqual([10, 'DOCUMENT_MALFORMED']);
    expect(await withSigners('order.license', '--threshold', '2')).toEqual([11, 'SIGNERS_SHORT']);
  });

  test('one signature that does not hold refuses a document that others have signed well', async () => {
    const both = await signDocument({
      type: DOCUMENT_TYPES.license,
      purpose: 'license',
      payload: { order: 'order:1' },
      signers: [stranger, (await import('../support/verify-folder.ts')).licenser],
      form: 'general',
    });
    writeFileSync(folder.at('both.license'), both);
    expect(await judged('document', 'both.license', '-s', 'signers.json')).toEqual([0]);
    const document = JSON.parse(Buffer.from(both).toString()) as { signatures: { signature: string }[] };
    document.signatures[1]!.signature = document.signatures[0]!.signature;
    writeFileSync(folder.at('bad.license'), `${JSON.stringify(document)}\n`);
    expect((await judged('document', 'bad.license', '-s', 'signers.json'))[0]).toBe(11);
  });
});

describe('audit-verify checkpoint', () => {
  const records = chainOf(30);
  const leaves = (count: number): Uint8Array => Buffer.concat(records.slice(0, count).map((record) => hashLeaf(record)));

  test('accepts a continuation by its proof or by the records, whichever note is named first', async () => {
    const proof = new TreeView(CompactRange.empty(), leaves(30)).consistencyProof(12);
    writeFileSync(folder.at('proof'), proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join(''));
    const signed = ['-s', 'signers.json'];
    expect(await judged('checkpoint', 'monday.checkpoint', 'tuesday.checkpoint', ...signed, '--proof', 'proof')).toEqual([0]);
    expect(await judged('checkpoint', 'tuesday.checkpoint', 'monday.checkpoint', ...signed, '--source', 'records.jsonl')).toEqual([0]);
    expect(await judged('checkpoint', 'monday.checkpoint', 'monday.checkpoint', ...signed)).toEqual([0]);
    expect(await judged('checkpoint', 'monday.checkpoint', 'tuesday.checkpoint', ...signed)).toEqual([12, 'CONSISTENCY_UNKNOWN']);
    expect(await judged('checkpoint', 'monday.checkpoint', 'tuesday.checkpoint')).toEqual([12, 'NO_REGISTRY', 'CONSISTENCY_UNKNOWN']);
    writeFileSync(folder.at('wrong'), `${Buffer.alloc(32).toString('base64')}\n`);
    expect(await judged('checkpoint', 'monday.checkpoint', 'tuesday.checkpoint', ...signed, '--proof', 'wrong')).toEqual([
      10,
      'CHECKPOINT_INCONSISTENT',
    ]);
    expect(await judged('checkpoint', 'monday.checkpoint', 'theirs.checkpoint', ...signed, '--source', 'records.jsonl')).toEqual([
      10,
      'CHECKPOINT_INCONSISTENT',
    ]);
  });

  test('says what is no checkpoint, and which of the two', async () => {
    const [code, ...codes] = await judged('checkpoint', 'monday.checkpoint', 'artifact', '-s', 'signers.json', '--source', 'records.jsonl');
    expect([code, ...codes]).toEqual([10, 'CHECKPOINT_MALFORMED']);
    expect((await run('checkpoint', 'artifact', 'monday.checkpoint')).out).toContain('CHECKPOINT_MALFORMED');
    expect((await run('checkpoint', 'nothing', 'monday.checkpoint')).code).toBe(14);
  });

  test('keeps the evidence of a fork, which audit-verify evidence then accepts from anyone', async () => {
    const fork = ['checkpoint', 'ours.checkpoint', 'theirs.checkpoint', '-s', 'signers.json'];
    expect(await judged(...fork, '--evidence', 'fork.json')).toEqual([10, 'CHAIN_FORKED']);
    expect(await judged('evidence', 'fork.json', '-s', 'signers.json')).toEqual([0]);
    expect(await judged('evidence', 'fork.json')).toEqual([12, 'NO_REGISTRY']);
    const again = await run(...fork, '--evidence', 'fork.json');
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('already there') as string });
    const text = readFileSync(folder.at('fork.json'), 'utf8');
    for (const wrong of [text.slice(0, -1), text.replace('"roots"', '"leaves"'), '{}']) {
      writeFileSync(folder.at('wrong.json'), wrong);
      expect(await judged('evidence', 'wrong.json', '-s', 'signers.json')).toEqual([12, 'EVIDENCE_NOTHING']);
    }
  });

  test('makes no evidence of what nobody trusted has signed', async () => {
    writeFileSync(
      folder.at('forged.checkpoint'),
      readFileSync(folder.at('theirs.checkpoint'), 'utf8').replace(/ \S{8}(\S*)\n$/, ' AAAAAAAA$1\n'),
    );
    const [code, ...codes] = await judged(
      'checkpoint',
      'ours.checkpoint',
      'forged.checkpoint',
      '-s',
      'signers.json',
      '--evidence',
      'none.json',
    );
    expect(code).toBe(10);
    expect(codes).toEqual(expect.arrayContaining(['CHAIN_FORKED', 'SIGNER_UNKNOWN']));
    expect(existsSync(folder.at('none.json'))).toBe(false);
  });
});

describe('audit-verify registry', () => {
  test('accepts the registry that signed steps lead to, from a digest or an older version', async () => {
    for (const digest of folder.digests) expect(await judged('registry', 'signers.json', '--pin', `sha256:${digest}`)).toEqual([0]);
    expect(await judged('registry', 'signers.json', '--previous', 'signers-2025.json')).toEqual([0]);
    expect(await judged('registry', 'signers.json')).toEqual([12, 'REGISTRY_UNPINNED']);
  });

  test('refuses one that was rolled back, forged, or damaged', async () => {
    cpSync(folder.at('signers-2025.json'), folder.at('rolled.json'));
    expect(await judged('registry', 'rolled.json', '--previous', 'signers.json')).toEqual([11, 'REGISTRY_UNTRUSTED']);
    expect(await judged('registry', 'signers.json', '--pin', `sha256:${'0'.repeat(64)}`)).toEqual([11, 'REGISTRY_UNTRUSTED']);
    const genuine = await parseRegistry(readFileSync(folder.at('signers.json')));
    const forged = { ...genuine.members, expires: '2037-01-01T00:00:00.000Z' };
    writeFileSync(folder.at('forged.json'), await signRegistry(forged, [root]));
    expect(await judged('registry', 'forged.json', '--previous', 'signers.json')).toEqual([11, 'REGISTRY_UNTRUSTED']);
    writeFileSync(folder.at('damaged.json'), readFileSync(folder.at('signers.json')).subarray(0, -9));
    expect(await judged('registry', 'damaged.json', '--previous', 'signers.json')).toEqual([10, 'REGISTRY_MALFORMED']);
  });
});

describe('trust', () => {
  test('--pin takes a registry from a place that nobody trusts, and no other one', async () => {
    for (const digest of folder.digests) expect(await judged('archive', '-s', 'signers.json', '--pin', `sha256:${digest}`)).toEqual([0]);
    const wrong = await run('archive', '-s', 'signers.json', '--pin', `sha256:${'0'.repeat(64)}`);
    expect(wrong.err).toMatch(/^ERR_REGISTRY_PIN/);
    expect((await run('archive', '-s', 'signers.json', '--pin', folder.digests[0])).code).toBe(2);
    expect((await run('archive', '--pin', `sha256:${folder.digests[0]}`)).code).toBe(2);
  });

  test('--signers reads a JWK set: its keys count for checkpoints and segments', async () => {
    writeFileSync(folder.at('jwks.json'), JSON.stringify({ keys: [{ ...signer.publicKey.jwk, kid: signer.kid }] }));
    expect(await judged('archive', '-s', 'jwks.json')).toEqual([0]);
    writeFileSync(folder.at('others.json'), JSON.stringify({ keys: [{ ...stranger.publicKey.jwk, kid: signer.kid }] }));
    expect((await judged('archive', '-s', 'others.json'))[0]).toBe(11);
  });

  test('--save-checkpoint anchors the next run; an older archive put back is then found', async () => {
    const args = ['-s', 'signers.json', '--save-checkpoint', 'newest', '--require', 'anchor'];
    expect(await judged('archive', ...args)).toEqual([12, 'REQUIREMENT_UNMET']);
    expect(readFileSync(folder.at('newest'), 'utf8')).toBe(readFileSync(folder.at('checkpoint'), 'utf8'));
    expect(await judged('archive', ...args)).toEqual([0]);
    cpSync(folder.at('archive'), folder.at('older'), { recursive: true });
    const segments = (await import('node:fs')).readdirSync(folder.at('older'), { recursive: true, encoding: 'utf8' });
    for (const name of segments.filter((path) => /0{14}20\./.test(path))) rmSync(`${folder.at('older')}/${name}`);
    const rolled = await judged('older', ...args);
    expect(rolled[0]).toBe(10);
    expect(rolled).toContain('TAIL_TRUNCATED');
    expect(readFileSync(folder.at('newest'), 'utf8')).toBe(readFileSync(folder.at('checkpoint'), 'utf8'));
  });

  test('--max-age judges the newest trusted checkpoint, and makes a whole source fresh', async () => {
    expect(await judged('archive', '-s', 'signers.json', '--max-age', '9000d', '--require', 'anchor')).toEqual([0]);
    const stale = await run('archive', '-s', 'signers.json', '--max-age', '1s');
    // The records of the test are of a fixed date.
    expect([0, 12]).toContain(stale.code);
    expect((await judged('archive', '--max-age', '9000d'))[0]).toBe(12);
    expect((await run('archive', '--max-age', '5 minutes')).code).toBe(2);
  });

  test('--require says what is missing', async () => {
    const required = (list: string) => judged('archive', '-s', 'signers.json', '--require', list);
    expect(await required('anchor')).toEqual([12, 'REQUIREMENT_UNMET']);
    expect(await required('time,private')).toEqual([12, 'REQUIREMENT_UNMET', 'REQUIREMENT_UNMET']);
    expect(await required('worm')).toEqual([13, 'NOT_WRITE_ONCE']);
    expect((await run('archive', '-s', 'signers.json', '--require', 'everything')).code).toBe(2);
  });
});

describe('range and source', () => {
  test('--limit takes at most so many records, and is never short', async () => {
    const report = async (...args: string[]) => JSON.parse((await run(...args, '--json')).out) as { verdict: string; range: unknown };
    expect(await report('records.jsonl', '--previous', 'checkpoint', '--limit', '12')).toMatchObject({ verdict: 'partial' });
    expect(await report('archive', '-s', 'signers.json', '--from', '20', '--limit', '1000')).toMatchObject({
      verdict: 'partial',
      range: { verified: { from: 20, to: 29 } },
    });
    expect((await run('archive', '--limit', '0')).code).toBe(2);
    expect((await run('archive', '-s', 'signers.json', '--since', '2026-11-21T00:00:00Z', '--limit', '5')).out).toContain('PART INTACT');
  });

  test('-a names an archive; several sources, none, or a network with --offline are refused', async () => {
    expect(await judged('-a', 'archive', '-s', 'signers.json')).toEqual([0]);
    for (const wrong of [
      [],
      ['archive', '-a', 'archive'],
      ['-d', 'archive'],
      ['s3://bucket/audit', '--offline'],
      ['-d', 'postgres://u:secret@h/d', '--offline'],
    ]) {
      const { code, err } = await run(...wrong);
      expect({ wrong, code }).toEqual({ wrong, code: 2 });
      expect(err).not.toContain('secret');
    }
  });

  test('--since is --from with a time', async () => {
    expect((await run('archive', '-s', 'signers.json', '--since', '2026-11-21T03:12:00Z')).out).toContain('PART INTACT');
    expect((await run('archive', '--since', '3')).code).toBe(2);
    expect((await run('archive', '--since', '2026-11-21T03:12:00Z', '--from', '3')).code).toBe(2);
  });

  test('the portable engine says the same, byte for byte', async () => {
    for (const source of ['archive', 'records.jsonl']) {
      const args = [source, '-s', 'signers.json', '--checks', 'deep', '--json'];
      expect(await run(...args, '--engine', 'portable')).toEqual(await run(...args));
    }
  });
});

describe('audit-verify explain', () => {
  test('says what a code means and what to do, in any case; helps with what it does not know', async () => {
    expect((await run('explain', 'record_modified')).out).toMatch(/RECORD_MODIFIED\n.*modified.*exit code 10[^]*What to do/);
    expect((await run('explain', 'ERR_CLOCK')).code).toBe(0);
    expect((await run('explain')).out.split('\n').length).toBeGreaterThan(40);
    expect((await run('explain', 'RECORD_CHANGED')).err).toContain('did you mean RECORD_');
    expect((await run('explain', 'nothing')).code).toBe(2);
  });
});
