// Every command of the operators' pages, run as it stands there; only times and the key's ARN are those of the test.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeKms } from '../../packages/signer-registry/test/kms/fake-kms.ts';
import { ROOT } from '../repository/tree.ts';
import { Workplace, makeLog, wordsOf } from './commands.ts';

const CHAIN = 'marketplace.example.com/audit';
const PAGE_ARN = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const later = new Date(Date.now() + 10 * 86_400_000).toISOString();
const earlier = new Date(Date.now() - 7 * 86_400_000).toISOString();

/** The lines of the `console` blocks of a page. */
function commandsOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.trimEnd().split('\n'));
}

describe('the operators’ pages', () => {
  let place: Workplace;
  let kms: FakeKms;
  let arn: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    kms = await new FakeKms().start();
    env = { AWS_ENDPOINT_URL_KMS: kms.url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
    place = new Workplace();
    await place.ok('audit-signers init --new-root root-1=root-1.key');
    const add = (kid: string, rest: string): Promise<unknown> =>
      place.ok(`audit-signers add ${kid} --new-key ${kid.replace('approve-', '')}.key --active --key root-1.key ${rest}`);
    await add('log-1', `--purpose checkpoint --chain ${CHAIN}`);
    await add('seg-1', `--purpose segment --chain ${CHAIN}`);
    await add('approve-ann', '--purpose approval --operator ann');
    await add('approve-bob', '--purpose approval --operator bob');
    await makeLog(place, CHAIN, `file:${place.at('log-1.key')},file:${place.at('seg-1.key')}`);
    await place.ok('audit-chain seal log --to archive');
    writeFileSync(place.at('log-e.pem'), generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
  });
  afterAll(async () => {
    place.remove();
    await kms.stop();
  });

  /** Runs the page's next line. */
  async function step(line: string, more: Record<string, string> = {}) {
    const own = line
      .replaceAll(PAGE_ARN, arn)
      .replace(/(--expires) \S+/, `$1 ${later}`)
      .replace(/(--compromised-since) \S+/, `$1 ${earlier}`);
    return await place.line(own, { ...env, ...more });
  }

  test('kms-iam-policy.md: a key is made in KMS and registered', async () => {
    const [create, add, ...more] = commandsOf('docs/operations/kms-iam-policy.md');
    expect(more).toEqual([]);
    const words = wordsOf(create!);
    expect(words.slice(0, 3)).toEqual(['aws', 'kms', 'create-key']);
    arn = kms.createKey(words[words.indexOf('--key-spec') + 1]!, words[words.indexOf('--key-usage') + 1]);
    const { code, out } = await step(add!);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('signers.next.json') as string });
    const shown = await place.ok('audit-signers show log-2 --registry signers.next.json --json');
    expect(JSON.parse(shown.out)).toMatchObject({ signers: [{ kid: 'log-2', backend: `kms:${arn}`, status: 'pending' }] });
    rmSync(place.at('signers.next.json'));
  });

  test('key-rotation.md: every step, in its order', async () => {
    const both = { AUDIT_SIGNER: `file:log-1.key,awskms:${arn}` };
    for (const line of commandsOf('docs/operations/key-rotation.md')) {
      // The canary: one instance with both signers.
      const signs = line.includes(' --log ') || line.includes('record');
      const { code, out, err } = await step(line, signs ? both : {});
      expect({ line, code, err: code === 0 ? '' : err + out }).toEqual({ line, code: 0, err: '' });
    }
    const { out } = await place.ok('audit-verify log -s signers.json --json');
    expect(JSON.parse(out)).toMatchObject({ checkpoint: { kids: ['log-2'] }, findings: [] });
    expect(kms.calls).toContain('Sign');
  });

  test('break-glass.md: an emergency signer, a revocation, and what verifiers then say', async () => {
    const lines = commandsOf('docs/operations/break-glass.md');
    for (const line of lines.slice(0, -1)) {
      const { code, out, err } = await step(line);
      expect({ line, code, err: code === 0 ? '' : err + out }).toEqual({ line, code: 0, err: '' });
    }
    const shown = JSON.parse((await place.ok('audit-signers show --json')).out) as { signers: { kid: string; status: string }[] };
    expect(shown.signers.find(({ kid }) => kid === 'log-e')).toMatchObject({ status: 'active', valid_until: later, emergency: {} });
    expect(shown.signers.find(({ kid }) => kid === 'log-1')).toMatchObject({ status: 'revoked', revoked: { compromised_since: earlier } });
    // The archive ends before the new key's first checkpoint, so nobody vouches for what the compromised key signed.
    const { code, out } = await step(`${lines.at(-1)} --json`);
    expect(code).toBe(11);
    expect(JSON.parse(out)).toMatchObject({ axes: { integrity: 'pass', signerTrust: 'fail' }, findings: [{ code: 'SIGNER_COMPROMISED' }] });
    const seen = await place.line('audit-signers doctor --offline --log log');
    expect(seen.out).toContain('key-emergency');
    // A key that signed today is not unused.
    expect(seen.out).not.toContain('key-unused');
  });
});

describe('docs/audit-signers.md', () => {
  let place: Workplace;
  beforeAll(() => {
    place = new Workplace();
  });
  afterAll(() => place.remove());

  test('every example does what the page says', async () => {
    for (const line of commandsOf('docs/audit-signers.md')) await place.ok(line);
    const shown = JSON.parse((await place.ok('audit-signers show --json')).out) as { version: number; signers: { status: string }[] };
    expect(shown).toMatchObject({ version: 4, signers: [{ status: 'active' }, { status: 'active' }, { status: 'active' }] });
  });
});
