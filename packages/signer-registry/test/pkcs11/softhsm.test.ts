import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import type { KeyEntry } from '@countersign/proof-core/ports';
import { localSigner } from '../../src/node/local-signer.ts';
import { type Token, openToken } from '../../src/node/pkcs11/signer.ts';
import type { Pkcs11Like } from '../../src/node/pkcs11/types.ts';
import { probeSigner } from '../../src/signer/probe.ts';
import { registry } from '../proxy/harness.ts';

// Debian's softhsm2 and the npm package pkcs11js (native code, so not a dependency here); another place can be named.
const LIBRARY = [process.env['SOFTHSM2_LIB'], '/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'].find(
  (path) => path !== undefined && existsSync(path),
);
const UTIL = process.env['SOFTHSM2_UTIL'] ?? '/usr/bin/softhsm2-util';

async function loadBinding(): Promise<(new () => Pkcs11Like) | undefined> {
  const folder = process.env['PKCS11JS'];
  try {
    const name = folder === undefined ? 'pkcs11js' : pathToFileURL(join(folder, 'index.js')).href;
    const module = (await import(/* @vite-ignore */ name)) as { default?: { PKCS11: new () => Pkcs11Like }; PKCS11?: new () => Pkcs11Like };
    return module.default?.PKCS11 ?? module.PKCS11;
  } catch {
    return undefined;
  }
}

const Binding = await loadBinding();
const missing = [
  ...(LIBRARY === undefined || !existsSync(UTIL) ? ['SoftHSM 2 (Debian: softhsm2)'] : []),
  ...(Binding === undefined ? ['the npm package pkcs11js'] : []),
];

test.runIf(missing.length > 0)(`tokens are not tested here: ${missing.join(' and ')} not found`, (context) => context.skip());

describe.runIf(missing.length === 0)('a PKCS #11 token', () => {
  const pin = '1234';
  const keys: [string, SignatureAlgorithm, ReturnType<typeof generateKeyPairSync>['privateKey']][] = [
    ['ed', 'Ed25519', generateKeyPairSync('ed25519').privateKey],
    ['p256', 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
    ['p384', 'ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
    ['rsa', 'RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ];
  const bytes = new TextEncoder().encode('what is signed');
  let folder = '';
  let token: Token;

  const entryOf = (label: string, algorithm: SignatureAlgorithm): KeyEntry => {
    const [, , key] = keys.find(([name]) => name === label)!;
    return { ...registry().signer('log-1')!, kid: label, algorithm, key: localSigner(label, key, algorithm).publicKey };
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-hsm-'));
    mkdirSync(join(folder, 'tokens'));
    writeFileSync(join(folder, 'softhsm2.conf'), `directories.tokendir = ${join(folder, 'tokens')}\nlog.level = ERROR\n`);
    process.env['SOFTHSM2_CONF'] = join(folder, 'softhsm2.conf');
    const util = (...args: string[]): void => {
      execFileSync(UTIL, ['--module', LIBRARY!, ...args], { stdio: 'ignore' });
    };
    util('--init-token', '--free', '--label', 'countersign', '--pin', pin, '--so-pin', '5678');
    keys.forEach(([label, , key], i) => {
      const file = join(folder, `${label}.pem`);
      writeFileSync(file, key.export({ type: 'pkcs8', format: 'pem' }));
      util('--import', file, '--token', 'countersign', '--label', label, '--id', `0${i + 1}`, '--pin', pin);
    });
    token = openToken(new Binding!(), { library: LIBRARY!, token: 'countersign', pin });
  });
  afterAll(() => {
    token.close();
    rmSync(folder, { recursive: true });
  });

  test.each<[string, SignatureAlgorithm]>([
    ['ed', 'Ed25519'],
    ['p256', 'ES256'],
    ['p384', 'ES384'],
    ['rsa', 'RS256'],
    ['rsa', 'PS256'],
  ])('signs with %s as %s', async (label, algorithm) => {
    const entry = entryOf(label, algorithm);
    const signer = token.signer(label, entry);
    await probeSigner(signer, entry);
    const signatures = await Promise.all([1, 2, 3].map(() => signer.sign({ purpose: 'license', bytes })));
    for (const signature of signatures) expect(await defaultEngine.verify(entry.key, bytes, signature)).toBe(true);
  });

  test('is stopped by its probe where it holds another key than the registry', async () => {
    const entry = { ...entryOf('ed', 'Ed25519'), key: registry().signer('log-1')!.key };
    await expect(probeSigner(token.signer('ed', entry), entry)).rejects.toMatchObject({ code: 'ERR_SIGNER_OUTPUT' });
  });

  test('has no key that it does not have, and signs with none of another kind', async () => {
    expect(() => token.signer('nobody', entryOf('ed', 'Ed25519'))).toThrow(expect.objectContaining({ code: 'ERR_BACKEND_KEY' }));
    const wrong = token.signer('rsa', entryOf('ed', 'Ed25519'));
    await expect(wrong.sign({ purpose: 'license', bytes })).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_BACKEND_/) });
  });
});
