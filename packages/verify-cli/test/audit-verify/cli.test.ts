import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDevRegistry } from '@countersign/signer-registry/registry/dev';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHAIN, archiveOf, chainOf, linesOf, noteOf, signer, timeOf, treeOf } from '../../../audit-chain/test/verify/support/archive.ts';
import { auditVerify } from '../../src/node/audit-verify/program.ts';
import { type Run, runHere } from '../support/run.ts';
import { testSigner } from '../../../audit-chain/test/support/keys.ts';

const BIN = fileURLToPath(new URL('../../bin/audit-verify.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
const at = (name: string): string => join(folder, name);
const records = chainOf(30);

/** Runs the command here; in a process of its own where environment or standard input matter. */
function run(args: readonly string[], options?: { env?: Record<string, string>; input?: Uint8Array }): Promise<Run> {
  if (options === undefined) return runHere(auditVerify, args, folder);
  return new Promise((resolve) => {
    const env = { ...process.env, AUDIT_SIGNERS: '', ...options.env };
    const child = execFile(process.execPath, [BIN, ...args], { cwd: folder, env, encoding: 'utf8' }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
    child.stdin!.end(options.input);
  });
}

beforeAll(async () => {
  for (const [path, bytes] of await archiveOf(records, [20, 10])) {
    mkdirSync(dirname(join(at('archive'), path)), { recursive: true });
    writeFileSync(join(at('archive'), path), bytes);
  }
  const now = Date.parse('2026-01-01T00:00:00.000Z');
  writeFileSync(at('signers.json'), await createDevRegistry({ chain: CHAIN, logKey: signer, rootKey: testSigner(8, 'root'), now }));
  writeFileSync(at('records.jsonl'), linesOf(records));
  writeFileSync(at('checkpoint'), await noteOf(treeOf(records)));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('audit-verify', () => {
  it('verifies an archive: the report on standard output, nothing on standard error, exit 0', async () => {
    const { code, out, err } = await run(['archive', '-s', 'signers.json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`${CHAIN}: Audit chain verified: intact through record 29`);
    expect(out).not.toContain('\u001b');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('says the same in a process of its own', async () => {
    expect(await run(['archive', '-s', 'signers.json'], {})).toEqual(await run(['archive', '-s', 'signers.json']));
  });

  it('prints one deterministic document with --json, which --previous then pins', async () => {
    const first = await run(['archive', '--signers', 'signers.json', '--json']);
    expect(await run(['archive', '-s', 'signers.json', '--json'])).toEqual(first);
    expect(JSON.parse(first.out)).toMatchObject({ schemaVersion: 1, verdict: 'verified', chain: CHAIN, findings: [] });
    writeFileSync(at('yesterday.json'), first.out);
    const again = await run(['archive', '-s', 'signers.json', '--previous', 'yesterday.json']);
    expect(again.code).toBe(0);
    expect(again.out).toMatch(/completeness +pinned/);
  });

  it('reads the registry from AUDIT_SIGNERS, and is inconclusive without one', async () => {
    expect((await run(['archive'], { env: { AUDIT_SIGNERS: at('signers.json') } })).code).toBe(0);
    const none = await run(['archive']);
    expect(none.code).toBe(12);
    expect(none.out).toContain('NO_REGISTRY');
  });

  it('names what was altered and where', async () => {
    cpSync(at('archive'), at('altered'), { recursive: true });
    const name = readdirSync(at('altered'), { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('20.jsonl.gz'))!;
    const path = join(at('altered'), name);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.with(300, bytes[300]! ^ 1));
    const { code, out } = await run(['altered', '-s', 'signers.json']);
    expect(code).toBe(10);
    expect(out).toContain('segment 20');
    expect(out.trimEnd().split('\n').at(-1)).toContain('NOT intact');
  });

  it('takes a file, standard input, a range', async () => {
    expect((await run(['records.jsonl', '--previous', 'checkpoint'])).code).toBe(0);
    expect((await run(['-', '--previous', 'checkpoint'], { input: linesOf(records) })).code).toBe(0);
    const part = await run(['archive', '-s', 'signers.json', '--from', '3', '--to', '12']);
    expect(part.code).toBe(0);
    expect(part.out).toContain('PART INTACT');
    expect(part.out.toLowerCase()).not.toContain('verified');
    const time = `${timeOf(3).slice(0, 19)}+00:00`;
    expect((await run(['archive', '-s', 'signers.json', '--from', time, '--to', timeOf(12), '--checks', 'integrity'])).code).toBe(0);
    expect((await run(['archive', '-s', 'signers.json', '--checks', 'deep'])).code).toBe(0);
  });

  it('refuses what it does not know with exit 2 and one line on standard error', async () => {
    const wrong = [
      ['archive', '--nope'],
      [],
      ['archive', 'more'],
      ['archive', '--checks', 'deeper'],
      ['archive', '--from', '2026-11-21'],
      ['archive', '--from', '1', '--to', '0'],
      ['archive', '-s', 'none.json'],
      ['archive', '-s', 'records.jsonl'],
      ['archive', '--previous', 'signers.json'],
      ['archive', '--chain', 'NO CHAIN'],
      ['receipt'],
      ['receipt', 'checkpoint', '--from', '1'],
    ];
    for (const args of wrong) {
      const { code, out, err } = await run(args);
      expect({ args, code, out }).toEqual({ args, code: 2, out: '' });
      expect(err).not.toBe('');
      expect(err).not.toContain('    at ');
    }
  });

  it('says what cannot be read with exit 14, as a document too', async () => {
    const { code, out } = await run(['nothing-here', '-s', 'signers.json', '--json']);
    expect(code).toBe(14);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'unreadable', findings: [{ code: 'SOURCE_UNREADABLE' }] });
    expect((await run(['receipt', 'nothing-here', '-s', 'signers.json'])).code).toBe(14);
  });

  it('finds nothing to verify in an empty folder', async () => {
    mkdirSync(at('empty'));
    expect((await run(['empty', '-s', 'signers.json'])).code).toBe(12);
  });

  it('colours only where asked to, and never with NO_COLOR', async () => {
    expect((await run(['archive', '-s', 'signers.json'], { env: { FORCE_COLOR: '1', NO_COLOR: '' } })).out).toContain('\u001b[32m');
    expect((await run(['archive', '-s', 'signers.json'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).out).not.toContain('\u001b');
  });

  it('shows its help with examples', async () => {
    for (const args of [['--help'], ['receipt', '--help']]) {
      const { code, out } = await run(args);
      expect(code).toBe(0);
      expect(out).toMatch(/^Examples?:\n {2}audit-verify /m);
    }
  });
});
