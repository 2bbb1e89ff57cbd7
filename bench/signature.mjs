// node bench/signature.mjs: signature verification against node:crypto, and what importing the verify path costs. Needs a build.
import { execFileSync } from 'node:child_process';
import { constants, generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { hashes, verify as noble } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { importPublicKey } from '@countersign/proof-core/key/import';
import { verifySignature as portable } from '@countersign/proof-core/key/verify';
import { verifySignature } from '@countersign/proof-core/node/signature';
import { LinkReader, formatLink } from '@countersign/proof-core/record/link';
import { leafHex } from '@countersign/proof-core/node/hash';
import { cycle, measure } from './lib/measure.mjs';
import { readOptions } from './lib/options.mjs';

readOptions('signature.mjs');

hashes.sha512 = sha512;
const messages = Array.from({ length: 64 }, (_, i) => Buffer.from(`log.example.com/audit\n${i}\n${'A'.repeat(43)}=\n`));

const ALGORITHMS = {
  Ed25519: { pair: () => generateKeyPairSync('ed25519'), hash: null, options: {} },
  ES256: { pair: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }), hash: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  RS256: {
    pair: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    hash: 'sha256',
    options: { padding: constants.RSA_PKCS1_PADDING },
  },
};

const rows = [];
for (const [algorithm, { pair, hash, options }] of Object.entries(ALGORITHMS)) {
  const { publicKey, privateKey } = pair();
  const key = importPublicKey(publicKey.export({ format: 'der', type: 'spki' }), { algorithm });
  const signed = messages.map((message) => ({ message, signature: sign(hash, message, { key: privateKey, ...options }) }));
  const keyObject = hash === null ? publicKey : { key: publicKey, ...options };
  const cases = {
    bare: cycle(signed, ({ message, signature }) => verify(hash, message, keyObject, signature)),
    ours: cycle(signed, ({ message, signature }) => verifySignature(key, message, signature)),
  };
  if (algorithm === 'Ed25519') {
    cases.noble = cycle(signed, ({ message, signature }) => noble(signature, message, key.raw, { zip215: false }));
    cases.portable = cycle(signed, ({ message, signature }) => portable(key, message, signature));
  }
  const rates = measure(cases, { rounds: 31 });
  rows.push({ title: `${algorithm} verify / bare node:crypto on a KeyObject`, ours: rates.ours, theirs: rates.bare, target: '>= 0.9' });
  if (algorithm === 'Ed25519')
    rows.push({ title: 'Ed25519 verify, portable / bare noble', ours: rates.portable, theirs: rates.noble, target: '' });
}

// A record's link against its leaf hash: reading it must not cost more than hashing it.
const chain = 'log.example.com/audit';
const prev = '6e34'.repeat(16);
const records = messages.map((_, seq) =>
  Buffer.from(`_{"event":{"payload":{"amount":1999}}${formatLink({ chain, prev, seq, time: '2026-11-21T03:12:00.123Z' })}`),
);
const reader = new LinkReader(chain);
const link = measure({
  read: cycle(records, (record) => reader.read(record, 1, record.length)),
  hash: cycle(records, (record) => leafHex(record, 1, record.length)),
});
rows.push({ title: 'reading a record’s link / its leaf hash', ours: link.read, theirs: link.hash, target: '>= 1' });

console.log(`${'median of interleaved rounds'.padEnd(56)} ${'µs'.padStart(9)} ${'ratio'.padStart(8)}   target`);
for (const { title, ours, theirs, target } of rows) {
  console.log(
    `${title.padEnd(56)} ${(1e6 / ours.median).toFixed(2).padStart(9)} ${(ours.median / theirs.median).toFixed(2).padStart(7)}x   ${target}`,
  );
}

/** Milliseconds that a fresh process needs to import a module and everything behind it. */
function importTime(url) {
  const code = `const start = performance.now(); await import(${JSON.stringify(url)}); console.log(performance.now() - start)`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' }));
}

const urlOf = (path) => import.meta.resolve(`@countersign/proof-core/${path}`);
const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
/** The same modules in one file, as who ships a command or a page has them. */
function bundle(...paths) {
  const contents = paths.map((path) => `export * from ${JSON.stringify(fileURLToPath(urlOf(path)))};`).join('\n');
  const outfile = join(folder, 'verify.mjs');
  buildSync({ stdin: { contents, resolveDir: folder }, bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' });
  return pathToFileURL(outfile).href;
}

const modules = {
  'an empty module': 'data:text/javascript,',
  'receipts, documents and keys in one file': bundle('receipt/verify', 'document/verify', 'key/import'),
  'receipt/verify, file by file': urlOf('receipt/verify'),
  'document/verify, file by file': urlOf('document/verify'),
};
const times = Object.fromEntries(Object.keys(modules).map((name) => [name, []]));
for (let round = 0; round < 11; round++) for (const name of Object.keys(modules)) times[name].push(importTime(modules[name]));
rmSync(folder, { recursive: true });
const median = (name) => times[name].toSorted((a, b) => a - b)[5];
console.log(`\n${'import in a fresh process, median of 11'.padEnd(56)} ${'ms'.padStart(9)} ${'more'.padStart(8)}   target`);
for (const name of Object.keys(modules)) {
  const more = median(name) - median('an empty module');
  console.log(`${name.padEnd(56)} ${median(name).toFixed(1).padStart(9)} ${more.toFixed(1).padStart(8)}   ${more === 0 ? '' : '< 30'}`);
}
