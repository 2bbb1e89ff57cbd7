// The scripts and the command itself as processes of their own, against the built packages.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeKms } from '../../packages/signer-registry/test/kms/fake-kms.ts';
import { ROOT } from '../repository/tree.ts';
import { type Result, Workplace } from './commands.ts';

let place: Workplace;
let kms: FakeKms;
beforeAll(async () => {
  kms = await new FakeKms().start();
  place = new Workplace();
  await place.ok('audit-signers init --new-root root-1=root-1.key');
  await place.ok('audit-signers add log-1 --new-key log-1.key --purpose checkpoint --chain example.com/audit --active --key root-1.key');
});
afterAll(async () => {
  place.remove();
  await kms.stop();
});

function spawn(file: string, ...args: string[]): Promise<Result> {
  const aws = { AWS_ENDPOINT_URL_KMS: kms.url, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const env = { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1', ...aws };
  return new Promise((resolve) => {
    // No terminal: what would ask must not wait.
    const child = execFile(file, args, { cwd: place.folder, env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
    child.stdin?.end();
  });
}
const tool = (name: string): string => join(ROOT, 'tools', name);

test('update-signers-from-kms.sh prints the entry of a key and changes nothing', async () => {
  const arn = kms.createKey('ECC_NIST_EDWARDS25519');
  kms.createAlias('alias/log-2', arn);
  const { code, out } = await spawn(tool('update-signers-from-kms.sh'), 'log-2', '--chain', 'example.com/audit');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    dryRun: true,
    signers: [{ kid: 'log-2', backend: `kms:${arn}`, purposes: ['checkpoint'], chains: ['example.com/audit'] }],
  });
  expect(JSON.parse((await place.ok('audit-signers show --json')).out)).toMatchObject({ version: 2 });
  expect((await spawn(tool('update-signers-from-kms.sh'))).code).toBe(2);
});

test('rotate-signer.sh takes one step at a time', async () => {
  const arn = kms.createKey('ECC_NIST_EDWARDS25519');
  const step = (...args: string[]): Promise<Result> => spawn(tool('rotate-signer.sh'), ...args);
  expect((await step()).code).toBe(2);
  expect((await step('publish', 'log-1')).code).toBe(2);
  for (const args of [
    ['publish', 'log-1', 'log-2', arn],
    ['sign', 'root-1.key'],
    ['rehearse', 'log-1', 'log-2', `awskms:${arn}`],
  ]) {
    const { code, err } = await step(...args);
    expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
  }
  await place.ok('audit-signers activate log-2 --key root-1.key');
  await place.ok('audit-signers retire log-1 --key root-1.key');
  expect((await step('check')).code).toBe(0);
});
