import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Workplace } from '../../../../test/rotation/commands.ts';

const CHAIN = 'example.com/audit';
let place: Workplace;
beforeEach(async () => {
  place = new Workplace();
  await place.ok('audit-signers init --new-root root-1=root-1.key --operator root-1=alice');
});
afterEach(() => place.remove());

/** Every file with its content: what a refused command must leave as it was. */
function contents(): Record<string, string> {
  const files = readdirSync(place.folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(place.at(name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(place.at(name), 'latin1')]));
}
const spki = (): string => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string;
const add = (kid: string, rest = ''): Promise<unknown> =>
  place.ok(`audit-signers add ${kid} --new-key ${kid}.key --purpose checkpoint --chain ${CHAIN} --key root-1.key ${rest}`);
async function json(line: string): Promise<Record<string, unknown>> {
  return JSON.parse((await place.ok(`${line} --json`)).out) as Record<string, unknown>;
}

describe('what is refused', () => {
  test('changes nothing, and says its code on one line', async () => {
    await add('log-1', '--active');
    writeFileSync(place.at('log-2.pem'), spki());
    writeFileSync(place.at('private.pem'), generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
    });
    writeFileSync(
      place.at('rsa.pem'),
      generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }),
    );
    writeFileSync(
      place.at('same.jwk'),
      JSON.stringify(((await json('audit-signers show log-1'))['signers'] as { public_key: object }[])[0]!.public_key),
    );
    writeFileSync(place.at('broken.json'), '{"expires":1}');
    const before = contents();
    const refused: readonly (readonly [line: string, code: number, error: string])[] = [
      ['init --new-root root-9=root-9.key', 2, 'ERR_CLI_FILE'],
      ['init --registry other.json', 2, 'ERR_CLI_OPTION'],
      ['init --registry other.json --new-root r=r.key --threshold 2', 2, 'ERR_REGISTRY_THRESHOLD'],
      ['init --registry other.json --new-root r=r.key --new-root s=root-1.key', 2, 'ERR_KEY_FILE_EXISTS'],
      ['init --registry other.json --new-root r=r.key --operator q=bob', 2, 'ERR_CLI_OPTION'],
      [`add log-1 --public-key log-2.pem --purpose checkpoint --chain ${CHAIN}`, 2, 'ERR_REGISTRY_DUPLICATE_KID'],
      [`add log-2 --public-key same.jwk --purpose checkpoint --chain ${CHAIN}`, 2, 'ERR_REGISTRY_DUPLICATE_KEY'],
      [`add log-2 --public-key private.pem --purpose checkpoint --chain ${CHAIN}`, 2, 'ERR_KEY_PRIVATE'],
      [`add log-2 --public-key rsa.pem --algorithm RS1 --purpose checkpoint --chain ${CHAIN}`, 2, 'ERR_CLI_OPTION'],
      ['add log-2 --public-key log-2.pem --purpose checkpoint', 2, 'ERR_REGISTRY_CHAIN'],
      [`add log-2 --public-key log-2.pem --purpose everything --chain ${CHAIN}`, 2, 'ERR_CLI_OPTION'],
      [`add log-2 --public-key log-2.pem --purpose checkpoint --purpose segment --chain ${CHAIN}`, 2, 'ERR_REGISTRY_PURPOSE'],
      [`add log-2 --purpose checkpoint --chain ${CHAIN}`, 2, 'ERR_CLI_OPTION'],
      [`add log-2 --public-key nothing.pem --purpose checkpoint --chain ${CHAIN}`, 2, 'ERR_CLI_FILE'],
      [`add log-2 --public-key log-2.pem --new-key n.key --purpose checkpoint --chain ${CHAIN}`, 2, 'ERR_CLI_OPTION'],
      [`add log-2 --new-key n.key --purpose checkpoint --chain ${CHAIN} --key log-1.key`, 2, 'ERR_CLI_OPTION'],
      [`add log-2 --new-key log-1.key --purpose checkpoint --chain ${CHAIN}`, 2, 'ERR_KEY_FILE_EXISTS'],
      [`add log-2 --from-proxy log-2 --purpose checkpoint --chain ${CHAIN}`, 2, 'ERR_CLI_OPTION'],
      [`add log-2 --from-proxy log-2 --proxy http://signer.example.com --purpose checkpoint --chain ${CHAIN}`, 2, 'ERR_CLI_OPTION'],
      [`add log-2 --from-proxy log-2 --proxy http://127.0.0.1:9 --purpose checkpoint --chain ${CHAIN}`, 14, 'ERR_BACKEND_UNAVAILABLE'],
      ['rotate log-9 --to log-2 --public-key log-2.pem', 2, 'ERR_OPERATION_KID'],
      ['rotate log-1 --to log-1 --public-key log-2.pem', 2, 'ERR_REGISTRY_DUPLICATE_KID'],
      ['rotate log-1 --to log-2 --rehearse', 2, 'ERR_CLI_OPTION'],
      ['activate log-1', 2, 'ERR_OPERATION_STATUS'],
      ['retire nobody', 2, 'ERR_OPERATION_KID'],
      ['retire root-1', 2, 'ERR_REGISTRY_'],
      ['revoke log-1 --reason lost --compromised-since yesterday', 2, 'ERR_CLI_OPTION'],
      ['revoke log-1 --reason lost --compromised-since 2999-01-01T00:00:00Z', 2, 'ERR_REGISTRY_WINDOW'],
      ['sign nothing.json --key root-1.key', 2, 'ERR_CLI_FILE'],
      ['sign broken.json --key root-1.key', 2, 'ERR_'],
      ['sign signers.json --key log-1.key', 2, 'ERR_CLI_OPTION'],
      ['sign signers.json --key root-1.key', 2, 'ERR_REGISTRY_SIGNED_ALREADY'],
      ['sign signers.json --into signers.json', 2, 'ERR_REGISTRY_ROLLED_BACK'],
      ['show nobody', 2, 'ERR_OPERATION_KID'],
      ['export --format xml', 2, 'ERR_CLI_OPTION'],
      ['export nobody --format pem', 2, 'ERR_OPERATION_KID'],
      ['doctor --registry broken.json', 2, 'ERR_'],
      ['record nothing', 2, 'ERR_LOG_MISSING'],
      ['proxy broken.json', 2, 'ERR_CLI_FILE'],
    ];
    for (const [line, code, error] of refused) {
      const result = await place.line(`audit-signers ${line}`);
      expect({ line, code: result.code, out: result.out }).toEqual({ line, code, out: '' });
      expect(result.err).toContain(error);
      expect(result.err.trimEnd().split('\n')).toHaveLength(1);
    }
    for (const line of ['', 'fly', 'add', 'revoke log-1', 'rotate log-1', 'export', 'show a b', 'doctor --more']) {
      expect((await place.line(`audit-signers ${line}`)).code).toBe(2);
    }
    expect(contents()).toEqual(before);
  });

  test('with a registry that somebody has changed is everything', async () => {
    const signed = readFileSync(place.at('signers.json'), 'utf8');
    writeFileSync(
      place.at('signers.json'),
      signed.replace(/"signature":"./, (start) => `${start.slice(0, -1)}${start.endsWith('A') ? 'B' : 'A'}`),
    );
    const before = contents();
    for (const line of ['doctor', 'retire root-1', 'export --format jwks']) {
      const { code, err } = await place.line(`audit-signers ${line}`);
      expect({ line, code, err }).toEqual({ line, code: 11, err: expect.stringContaining('ERR_DOCUMENT_SIGNATURE') as string });
    }
    expect(contents()).toEqual(before);
  });
});

describe('versions', () => {
  test('--dry-run shows what would happen and writes nothing', async () => {
    const before = contents();
    const line = `audit-signers add log-1 --new-key log-1.key --purpose checkpoint --chain ${CHAIN}`;
    for (const how of ['', '--key root-1.key', '--out other.json']) {
      expect((await place.ok(`${line} --dry-run ${how}`)).out).toContain('nothing was written');
    }
    const { dryRun, events, signers } = await json(`${line} --dry-run`);
    expect({ dryRun, events, signers }).toMatchObject({
      dryRun: true,
      events: [{ type: 'signer.added', subject: 'log-1', payload: { status: 'pending' } }],
      signers: [{ kid: 'log-1', backend: 'file' }],
    });
    await place.ok('audit-signers init --registry other.json --new-root r=r.key --dry-run');
    expect(contents()).toEqual(before);
    await add('log-2');
    const then = contents();
    for (const one of [
      'activate log-2 --key root-1.key',
      'retire log-2',
      'revoke log-2 --reason lost',
      'rotate root-1 --to root-2 --new-key r2.key',
    ]) {
      await place.ok(`audit-signers ${one} --dry-run`);
    }
    expect(contents()).toEqual(then);
  });

  test('a draft that waits for signatures is not overwritten; one that has been published is', async () => {
    await place.ok(`audit-signers add log-1 --new-key log-1.key --purpose checkpoint --chain ${CHAIN}`);
    const second = await place.line(`audit-signers add log-2 --new-key log-2.key --purpose checkpoint --chain ${CHAIN}`);
    expect(second.code).toBe(2);
    expect(existsSync(place.at('log-2.key'))).toBe(false);
    await place.ok('audit-signers sign signers.next.json --key root-1.key --into signers.json');
    await add('log-2');
    expect(await json('audit-signers show')).toMatchObject({ version: 3, signedBy: ['root-1'] });
  });

  test('a root is replaced by its successor with the signatures of both', async () => {
    await place.ok('audit-signers rotate root-1 --to root-2 --new-key root-2.key --operator bob');
    const alone = await json('audit-signers sign signers.next.json --key root-2.key --into signers.json');
    expect(alone).toHaveProperty('draft');
    await place.ok('audit-signers sign signers.next.json --key root-1.key --into signers.json');
    expect(await json('audit-signers show')).toMatchObject({ version: 2, roots: ['root-2'] });
    await place.ok('audit-signers retire root-1 --key root-2.key');
    expect((await place.line('audit-signers add x --new-key x.key --purpose license --key root-1.key')).code).toBe(2);
  });

  test('key files are encrypted with AUDIT_KEY_PASSPHRASE, and refused without it', async () => {
    const secret = { AUDIT_KEY_PASSPHRASE: 'correct horse' };
    await place.ok('audit-signers init --registry s.json --new-root r=r.key', secret);
    expect(readFileSync(place.at('r.key'), 'utf8')).toContain('ENCRYPTED PRIVATE KEY');
    const line = 'audit-signers add l --new-key l.key --purpose license --registry s.json --key r.key';
    expect((await place.line(line)).err).toContain('ERR_KEY_FILE_PASSPHRASE');
    expect((await place.line(line, { AUDIT_KEY_PASSPHRASE: 'wrong' })).err).toContain('ERR_KEY_FILE_PASSPHRASE');
    await place.ok(line, secret);
  });

  test('a key in PEM, DER or JWK is the same key', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(place.at('key.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(place.at('key.der'), publicKey.export({ type: 'spki', format: 'der' }));
    writeFileSync(place.at('key.jwk'), JSON.stringify(publicKey.export({ format: 'jwk' })));
    const digests = new Set<string>();
    for (const form of ['pem', 'der', 'jwk']) {
      const { signers } = await json(`audit-signers add k --public-key key.${form} --purpose license --dry-run`);
      digests.add((signers as { thumbprint: string }[])[0]!.thumbprint);
    }
    expect(digests.size).toBe(1);
  });
});

describe('looking', () => {
  test('show, export and doctor speak of the same keys', async () => {
    await add('log-1', '--active');
    const { signers } = await json('audit-signers show log-1');
    const [{ thumbprint, public_key: jwk }] = signers as [{ thumbprint: string; public_key: { x: string } }];
    expect((await place.ok('audit-signers show log-1')).out).toContain(thumbprint);
    const jwks = JSON.parse((await place.ok('audit-signers export --format jwks --purpose checkpoint')).out) as { keys: object[] };
    expect(jwks.keys).toMatchObject([{ kid: 'log-1', x: jwk.x, alg: 'Ed25519' }]);
    expect((await place.ok('audit-signers export log-1 --format pem')).out).toContain('BEGIN PUBLIC KEY');
    expect((await place.ok('audit-signers export log-1 --format vkey')).out).toMatch(/^example\.com\/audit\+[0-9a-f]{8}\+/);
    expect((await place.ok('audit-signers export --format allowed-signers')).out).toContain('countersign/checkpoint');
    expect(JSON.parse((await place.ok('audit-signers export log-1 --format json')).out)).toMatchObject({ signers: [{ kid: 'log-1' }] });
    await place.ok('audit-signers export --format jwks --out jwks.json');
    expect(JSON.parse(readFileSync(place.at('jwks.json'), 'utf8'))).toHaveProperty('keys');
    expect((await place.line('audit-signers export root-1 --format vkey')).err).toContain('warning');
    expect((await place.line('audit-signers doctor')).code).toBe(0);
    expect((await place.line('audit-signers doctor --strict')).code).toBe(11);
    expect(await json('audit-signers doctor')).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining({ code: 'single-root' })]) as unknown,
    });
  });

  test('the doctor says which backend does not answer', async () => {
    writeFileSync(place.at('p.pem'), spki());
    await place.ok(
      'audit-signers add shop --public-key p.pem --backend proxy:http://127.0.0.1:9 --purpose license --active --key root-1.key',
    );
    const { code, out } = await place.line('audit-signers doctor');
    expect({ code, out }).toEqual({ code: 14, out: expect.stringMatching(/backend-failing +shop/) as string });
    expect((await place.line('audit-signers doctor --offline')).code).toBe(0);
  });
});

describe('import', () => {
  test('takes over what was written down before, and says what it leaves out', async () => {
    const pem = spki();
    const old = {
      signers: [
        { signer_kid: 'audit-v1', public_key_pem: pem, algorithm: 'ed25519' },
        { signer_kid: 'audit-v0', public_key_pem: spki() },
      ],
    };
    writeFileSync(place.at('old.json'), JSON.stringify(old));
    const line = `audit-signers import old.json --purpose audit-v1=checkpoint --chain ${CHAIN} --valid-from 2025-01-01T00:00:00Z --key root-1.key`;
    const { err } = await place.ok(line);
    expect(err).toContain('audit-v0 is left out');
    expect(await json('audit-signers show audit-v1')).toMatchObject({
      version: 2,
      signers: [{ kid: 'audit-v1', valid_from: '2025-01-01T00:00:00.000Z', status: 'active', backend: 'offline' }],
    });
    const before = contents();
    for (const wrong of [
      line,
      line.replace('audit-v1=', 'nobody='),
      line.replace('audit-v1=checkpoint', 'checkpoint'),
      line.replace('old.json', 'signers.json'),
    ]) {
      expect((await place.line(wrong)).code).toBe(2);
    }
    expect(contents()).toEqual(before);
  });
});

describe('emergency', () => {
  beforeEach(async () => {
    for (const [kid, file, who] of [
      ['a-ann', 'ann', 'ann'],
      ['a-bob', 'bob', 'bob'],
      ['a-ann-2', 'ann2', 'ann'],
    ] as const) {
      await place.ok(`audit-signers add ${kid} --new-key ${file}.key --purpose approval --operator ${who} --active --key root-1.key`);
    }
  });
  const soon = new Date(Date.now() + 86_400_000).toISOString();
  const request = (more = ''): string =>
    `audit-signers emergency log-e --new-key log-e.key --purpose checkpoint --chain ${CHAIN} --expires ${soon} --justification "KMS is down" --request e.json ${more}`;

  test('needs two people, the same request, the present registry, and ends soon', async () => {
    await place.ok(request());
    for (const name of ['ann', 'bob', 'ann2'])
      await place.ok(`audit-signers emergency --approve e.json --key ${name}.key --out ${name}.approval`);
    const before = contents();
    const complete = (...names: string[]): string =>
      `audit-signers emergency log-e --request e.json ${names.map((name) => `--approval ${name}.approval`).join(' ')} --key root-1.key`;
    for (const names of [['ann'], ['ann', 'ann'], ['ann', 'ann2']]) {
      const { code, err } = await place.line(complete(...names));
      expect({ names, code, err }).toEqual({ names, code: 11, err: expect.stringContaining('ERR_OPERATION_APPROVAL') as string });
    }
    writeFileSync(place.at('e2.json'), readFileSync(place.at('e.json'), 'utf8').replace('KMS is down', 'KMS is fine'));
    expect((await place.line(complete('ann', 'bob').replace('e.json', 'e2.json'))).err).toContain('ERR_OPERATION_APPROVAL');
    expect((await place.line(complete('ann', 'bob').replace('log-e', 'log-f'))).code).toBe(2);
    writeFileSync(place.at('e3.json'), readFileSync(place.at('e.json'), 'utf8').replace(/"thumbprint":"./, '"thumbprint":"!'));
    expect((await place.line('audit-signers emergency --approve e3.json --key ann.key --out x.approval')).err).toContain('ERR_CLI_FILE');
    expect(
      Object.keys(contents())
        .filter((name) => !(name in before))
        .sort(),
    ).toEqual(['e2.json', 'e3.json']);
    await place.ok(complete('ann', 'bob'));
    expect(await json('audit-signers show log-e')).toMatchObject({
      signers: [{ status: 'active', valid_until: soon, emergency: { justification: 'KMS is down' } }],
    });
  });

  test('refuses before anybody is asked what would be refused afterwards', async () => {
    const before = contents();
    const late = new Date(Date.now() + 15 * 86_400_000).toISOString();
    expect((await place.line(request().replace(soon, late))).code).toBe(2);
    expect((await place.line(request().replace('log-e', 'root-1'))).code).toBe(2);
    expect((await place.line(request().replace(/--justification "[^"]*"/, ''))).code).toBe(2);
    expect((await place.line(request('--dry-run'))).code).toBe(0);
    expect(contents()).toEqual(before);
  });
});
