// A log made with the commands, checked with golang.org/x/mod/sumdb/note and …/tlog.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { TreeView } from '@countersign/proof-core/merkle/tree';
import { auditChain } from '@countersign/verify-cli/audit-chain/program';
import { auditSigners } from '@countersign/verify-cli/audit-signers/program';
import { auditVerify } from '@countersign/verify-cli/audit-verify/program';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runHere } from '../../../packages/verify-cli/test/support/run.ts';

const SOURCE = fileURLToPath(new URL('.', import.meta.url));
const version = spawnSync('go', ['version'], { encoding: 'utf8' }).stdout ?? '';
const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(version) ?? [];
const hasGo = Number(major) > 1 || Number(minor) >= 24;

describe.skipIf(!hasGo)(`a log of ours and golang.org/x/mod/sumdb${hasGo ? '' : ' (no Go 1.24 or later here)'}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
  const at = (name: string): string => join(folder, name);
  const program = at('conformance');
  afterAll(() => rmSync(folder, { recursive: true }));

  async function ok(command: (argv: readonly string[]) => Promise<number>, line: string): Promise<string> {
    const { code, out, err } = await runHere(command, line.split(' '), folder);
    expect({ line, code, err }).toMatchObject({ code: 0 });
    return out;
  }

  beforeAll(async () => {
    const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: SOURCE, encoding: 'utf8' });
    expect(built.stderr).toBe('');
    await ok(auditChain, 'init log --chain log.example.com/audit');
    const sizes: number[] = [];
    for (const [step, count] of [1, 6, 250, 300].entries()) {
      const events = Array.from({ length: count }, (_, i) =>
        JSON.stringify({ actor: 'user:1', payload: { step, i, text: 'Zürich "✓"' }, type: 'a.b' }),
      );
      writeFileSync(at('events.jsonl'), events.map((line) => `${line}\n`).join(''));
      await ok(auditChain, 'import log events.jsonl');
      await ok(auditVerify, `log -s log/signers.json --save-checkpoint ${step}.checkpoint`);
      sizes.push(Number(readFileSync(at(`${step}.checkpoint`), 'utf8').split('\n')[1]));
    }
    writeFileSync(at('records.jsonl'), await ok(auditChain, 'query log --json'));
    const records = readFileSync(at('records.jsonl'), 'utf8').trimEnd().split('\n');
    const leaves = Buffer.concat(records.map((record) => hashLeaf(Buffer.from(record))));
    for (const [step, size] of sizes.entries()) {
      if (step === 0) continue;
      const proof = new TreeView(CompactRange.empty(), leaves.subarray(0, 32 * size)).consistencyProof(sizes[step - 1] ?? 0);
      writeFileSync(at(`${step}.consistency`), proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join(''));
    }
    for (const seq of [0, 1, 255, 256, 400, sizes.at(-1)! - 1]) await ok(auditChain, `receipt log --seq ${seq} --out ${seq}.receipt`);
    const kid = (JSON.parse(await ok(auditVerify, 'log -s log/signers.json --json')) as { checkpoint: { kids: string[] } }).checkpoint
      .kids[0]!;
    writeFileSync(
      at('vkey'),
      await ok(auditSigners, `export ${kid} --format vkey --chain log.example.com/audit --registry log/signers.json`),
    );
  }, 300_000);

  const check = (): { status: number | null; stdout: string; stderr: string } => spawnSync(program, [folder], { encoding: 'utf8' });

  test('its checkpoints, consistency proofs and receipts hold there', () => {
    expect(check()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+ records, 4 checkpoints, 6 receipts\n$/) as string,
      stderr: '',
    });
  });

  test('a changed record, receipt or checkpoint does not', () => {
    for (const [name, from, to] of [
      ['records.jsonl', '"i":3', '"i":4'],
      ['255.receipt', '"step":2', '"step":1'],
      ['2.checkpoint', 'log.example.com', 'lag.example.com'],
    ] as const) {
      copyFileSync(at(name), at('kept'));
      writeFileSync(at(name), readFileSync(at(name), 'utf8').replace(from, to));
      expect(check()).toMatchObject({ status: 1 });
      copyFileSync(at('kept'), at(name));
    }
    expect(check().status).toBe(0);
  });
});
