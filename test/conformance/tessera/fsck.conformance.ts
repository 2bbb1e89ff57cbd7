// A tile tree of ours under Tessera's fsck, which recomputes every leaf and node of it from the entries.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { auditChain } from '@countersign/verify-cli/audit-chain/program';
import { auditSigners } from '@countersign/verify-cli/audit-signers/program';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runHere } from '../../../packages/verify-cli/test/support/run.ts';

const TESSERA = 'github.com/transparency-dev/tessera/cmd/fsck@v1.0.4';
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/countersign/conformance/go', import.meta.url));
const FSCK = join(CACHE, 'fsck');

/** The program, built once; undefined where it cannot be had. */
function fsck(): string | undefined {
  if (existsSync(FSCK)) return FSCK;
  mkdirSync(CACHE, { recursive: true });
  const built = spawnSync('go', ['install', TESSERA], { env: { ...process.env, GOBIN: CACHE, GOFLAGS: '-mod=mod' }, encoding: 'utf8' });
  return built.status === 0 ? FSCK : undefined;
}
const program = fsck();

describe.skipIf(program === undefined)(
  `a tile tree and ${TESSERA}${program === undefined ? ' (not to be had: no Go, or no network)' : ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
    const at = (name: string): string => join(folder, name);
    afterAll(() => rmSync(folder, { recursive: true }));

    async function ok(command: (argv: readonly string[]) => Promise<number>, line: string): Promise<string> {
      const { code, out, err } = await runHere(command, line.split(' '), folder);
      expect({ line, code, err }).toMatchObject({ code: 0 });
      return out;
    }

    beforeAll(async () => {
      await ok(auditChain, 'init log --chain log.example.com/audit');
      for (const count of [5, 700]) {
        const events = Array.from({ length: count }, (_, i) => JSON.stringify({ actor: 'user:1', payload: { i }, type: 'order.created' }));
        writeFileSync(at('events.jsonl'), events.map((line) => `${line}\n`).join(''));
        await ok(auditChain, 'import log events.jsonl');
        await ok(auditChain, 'tiles log --to tree');
      }
      writeFileSync(
        at('vkey'),
        await ok(auditSigners, 'export --format vkey --purpose checkpoint --chain log.example.com/audit --registry log/signers.json'),
      );
    }, 300_000);

    // At what does not fit together it says so, with exit code 0, or waits for ever: what counts is that it says that all is well.
    const check = (): boolean => {
      const args = ['-ui=false', '-storage_url', `file://${at('tree')}/`, '-public_key', at('vkey')];
      const { stderr } = spawnSync(program!, args, { encoding: 'utf8', timeout: 15_000 });
      return /Successfully fsck'd log with size 706 /.test(stderr);
    };

    test('every entry and tile of it is as it should be', () => {
      expect(check()).toBe(true);
    });

    test.each(['tile/0/000', 'tile/1/000.p/2', 'tile/entries/001', 'checkpoint'])('%s with one bit changed is found', (path) => {
      const kept = readFileSync(at(`tree/${path}`));
      rmSync(at(`tree/${path}`));
      writeFileSync(at(`tree/${path}`), kept.with(40, kept[40]! ^ 1));
      expect(check()).toBe(false);
      rmSync(at(`tree/${path}`));
      writeFileSync(at(`tree/${path}`), kept);
      expect(check()).toBe(true);
    });
  },
);
