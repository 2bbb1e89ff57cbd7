// Runs the signers' contracts against implementations by other hands: moto (PyPI) for KMS, SoftHSM (Debian) with pkcs11js (npm) for PKCS #11.
// Everything is fetched into the package cache; nothing is installed into the system. What cannot be fetched is named and skipped.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache/countersign/conformance');
const MOTO = 'moto[kms,server]==5.1.22';
const PKCS11JS = 'pkcs11js@2.1.6';

const skipped = [];

/** Runs a program quietly. @returns whether it succeeded */
function run(program, args, options = {}) {
  return spawnSync(program, args, { stdio: ['ignore', 'ignore', 'ignore'], timeout: 300_000, ...options }).status === 0;
}

/** @returns the program that serves KMS, or undefined */
function installMoto() {
  const server = join(CACHE, 'python/bin/moto_server');
  if (existsSync(server)) return server;
  if (!run('python3', ['-m', 'venv', join(CACHE, 'python')])) skipped.push(`${MOTO}: python3 makes no virtual environment`);
  else if (!run(join(CACHE, 'python/bin/python'), ['-m', 'pip', 'install', '--quiet', MOTO]))
    skipped.push(`${MOTO}: not to be had from PyPI`);
  else return server;
  return undefined;
}

/** @returns the variables that name SoftHSM and its binding; some may be missing */
function installSoftHsm() {
  const [debs, tree, modules] = [join(CACHE, 'deb'), join(CACHE, 'softhsm'), join(CACHE, 'npm')];
  const util = ['/usr/bin/softhsm2-util', join(tree, 'usr/bin/softhsm2-util')].find((path) => existsSync(path));
  if (util === undefined) {
    mkdirSync(debs, { recursive: true });
    run('apt-get', ['download', 'softhsm2', 'libsofthsm2', 'softhsm2-common'], { cwd: debs });
    for (const name of readdirSync(debs)) run('dpkg-deb', ['-x', join(debs, name), tree]);
  }
  const found = ['/', tree].map((base) => ({
    SOFTHSM2_UTIL: join(base, 'usr/bin/softhsm2-util'),
    SOFTHSM2_LIB: ['usr/lib/softhsm/libsofthsm2.so', 'usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so']
      .map((path) => join(base, path))
      .find((path) => existsSync(path)),
  }));
  const hsm = found.find(({ SOFTHSM2_UTIL, SOFTHSM2_LIB }) => existsSync(SOFTHSM2_UTIL) && SOFTHSM2_LIB !== undefined);
  if (hsm === undefined) skipped.push('SoftHSM 2 (Debian: softhsm2): not to be had from Debian');
  const binding = join(modules, 'node_modules/pkcs11js');
  mkdirSync(modules, { recursive: true });
  const built = existsSync(binding) || run('npm', ['install', '--prefix', modules, '--no-save', '--no-audit', '--no-fund', PKCS11JS]);
  if (!built) skipped.push(`${PKCS11JS}: not to be had from npm, or not to be compiled here`);
  return { ...hsm, ...(built ? { PKCS11JS: binding } : {}) };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts moto's server and waits until it answers. */
async function startMoto(program) {
  const port = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 200 && child.exitCode === null; i++) {
    if (await fetch(endpoint).then(() => true, () => false)) return { child, endpoint }; // prettier-ignore
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  child.kill();
  skipped.push(`${MOTO}: does not start`);
  return undefined;
}

mkdirSync(CACHE, { recursive: true });
const moto = installMoto();
const server = moto === undefined ? undefined : await startMoto(moto);
const env = {
  ...process.env,
  ...installSoftHsm(),
  ...(server === undefined ? {} : { COUNTERSIGN_KMS_ENDPOINT: server.endpoint }),
};
const vitest = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '-c', 'test/vitest.conformance.config.ts'], {
  cwd: ROOT,
  env,
  stdio: 'inherit',
});
const code = await new Promise((resolve) => vitest.on('exit', resolve));
server?.child.kill();
console.log(server === undefined ? '' : `KMS: ${MOTO}`);
for (const line of skipped) console.log(`skipped: ${line}`);
process.exitCode = code ?? 1;
