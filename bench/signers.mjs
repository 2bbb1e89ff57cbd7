// node bench/signers.mjs: signing against bare node:crypto and the bare KMS client, resolving, walking versions. Needs a build.
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { KMS } from '@aws-sdk/client-kms';
import { formatCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { kmsSigner } from '@countersign/signer-registry/adapters/kms';
import { localSigner } from '@countersign/signer-registry/node/local-signer';
import { resilientSigner } from '@countersign/signer-registry/node/signer/resilient';
import { createRegistry, formatRegistryPayload, makeSigner, nextRegistry } from '@countersign/signer-registry/registry/make';
import { parseRegistryPayload } from '@countersign/signer-registry/registry/parse-payload';
import { signRegistry } from '@countersign/signer-registry/registry/sign';
import { walkRegistry } from '@countersign/signer-registry/registry/walk';
import { guardSigner } from '@countersign/signer-registry/signer/guard';
import { measure } from './lib/measure.mjs';
import { readOptions } from './lib/options.mjs';

const { full } = readOptions('signers.mjs [--full]', { full: { type: 'boolean' } }).values;

const CHAIN = 'log.example.com/audit';
const TIME = '2026-11-21T00:00:00.000Z';
const now = Date.parse(TIME);
const clock = { now: () => now };
const bytes = formatCheckpoint({ origin: CHAIN, size: 17, root: new Uint8Array(32).fill(7) });
const request = { purpose: 'checkpoint', bytes };
const rows = [];
const row = (title, value, target) => rows.push([title, value, target]);
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const root = localSigner('root-1', generateKeyPairSync('ed25519').privateKey);
const rootEntry = makeSigner({
  kid: 'root-1',
  publicKey: root.publicKey,
  purposes: ['registry-root'],
  validFrom: TIME,
  backend: 'offline',
});
const members = (signers) =>
  createRegistry({
    issuedAt: TIME,
    expires: '2027-12-31T00:00:00.000Z',
    roots: ['root-1'],
    threshold: 1,
    signers: [rootEntry, ...signers],
  });
const entryOf = (kid, publicKey, backend = 'file') =>
  makeSigner({ kid, publicKey, purposes: ['checkpoint'], chains: [CHAIN], validFrom: TIME, backend });

/** Microseconds for one call of each, awaited one after another; rounds interleaved. Wall time, or that of the processor alone. */
async function compare(cases, { rounds, calls, processor = false }) {
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  const names = Object.keys(cases);
  for (let round = -2; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round + names.length * 2) % names.length];
      const [wall, used] = [performance.now(), process.cpuUsage()];
      for (let call = 0; call < calls; call++) await cases[name]();
      const { user, system } = process.cpuUsage(used);
      if (round >= 0) times[name].push((processor ? user + system : (performance.now() - wall) * 1000) / calls);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])]));
}

// Local: the signer against the call it makes.
const { privateKey } = generateKeyPairSync('ed25519');
const local = localSigner('log-1', privateKey);
const registry = parseRegistryPayload(formatRegistryPayload(members([entryOf('log-1', local.publicKey)])));
const guarded = guardSigner(local, { registry: () => registry, clock });
const signing = await compare(
  { bare: () => sign(null, bytes, privateKey), ours: () => local.sign(request), guarded: () => guarded.sign(request) },
  { rounds: 31, calls: 100, processor: true },
);
row('local sign / bare node:crypto', `${(signing.bare / signing.ours).toFixed(2)}x (${signing.ours.toFixed(1)} µs)`, '>= 0.9x');
row('the same under its registry, verified', `${signing.guarded.toFixed(1)} µs`, '');

// KMS: the whole signer against the SDK's own call, on a loopback server that answers at once.
const kmsKey = generateKeyPairSync('ed25519').privateKey;
const arn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const server = createServer((incoming, response) => {
  const chunks = [];
  incoming.on('data', (chunk) => chunks.push(chunk));
  incoming.on('end', () => {
    const { Message, SigningAlgorithm } = JSON.parse(Buffer.concat(chunks));
    const Signature = sign(null, Buffer.from(Message, 'base64'), kmsKey).toString('base64');
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ KeyId: arn, Signature, SigningAlgorithm }));
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const endpoint = `http://127.0.0.1:${server.address().port}`;
const kms = new KMS({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 });
const kmsPublic = localSigner('log-1', kmsKey).publicKey;
const kmsRegistry = parseRegistryPayload(formatRegistryPayload(members([entryOf('log-1', kmsPublic, `kms:${arn}`)])));
const overKms = guardSigner(resilientSigner(kmsSigner(kms, kmsRegistry.signer('log-1'))), { registry: () => kmsRegistry, clock });
const input = { KeyId: arn, Message: bytes, MessageType: 'RAW', SigningAlgorithm: 'ED25519_SHA_512' };
const remote = await compare({ sdk: () => kms.sign(input), ours: () => overKms.sign(request) }, { rounds: 21, calls: 20, processor: true });
row(
  'KMS: ours beyond the bare SDK call',
  `${((remote.ours - remote.sdk) / 1000).toFixed(2)} ms (SDK ${(remote.sdk / 1000).toFixed(2)} ms)`,
  '<= 1 ms',
);
kms.destroy();
server.closeAllConnections();
server.close();

// Resolve: 1,000 keys.
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const many = Array.from({ length: 1000 }, (_, i) => {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, randomBytes(32)]), format: 'der', type: 'pkcs8' });
  return entryOf(`log-${i}`, localSigner('k', key).publicKey);
});
const made = performance.now();
const large = parseRegistryPayload(formatRegistryPayload(members(many)));
row('reading a registry of 1,000 keys', `${(performance.now() - made).toFixed(0)} ms`, '');
const queries = Array.from({ length: 1024 }, (_, i) => ({
  kid: `log-${(i * 577) % 1000}`,
  purpose: 'checkpoint',
  chain: CHAIN,
  earliest: TIME,
  ...(i % 2 === 0 ? { latest: '2026-11-22T00:00:00.000Z' } : {}),
}));
let at = 0;
const { resolve } = measure({ resolve: () => large.resolve(queries[at++ & 1023]) });
row('resolve with 1,000 keys', `${(1e6 / resolve.median).toFixed(2)} µs`, '<= 2 µs');

// Walk: the same work for every version, however many there are.
const LENGTH = full ? 10_000 : 2_000;
const versions = [];
let newest = parseRegistryPayload(formatRegistryPayload(members([entryOf('log-1', local.publicKey)])));
const pin = { digest: newest.digest };
versions.push(await signRegistry(newest.members, [root], newest));
while (versions.length < LENGTH) {
  const next = nextRegistry(newest, { issuedAt: TIME });
  versions.push(await signRegistry(next, [root], newest));
  newest = parseRegistryPayload(formatRegistryPayload(next), newest);
}
const walks = [];
for (const part of [1 / 4, 1 / 2, 1]) {
  const count = LENGTH * part;
  const times = [];
  for (let round = 0; round < 3; round++) {
    const used = process.cpuUsage();
    await walkRegistry(versions.slice(0, count), pin);
    const { user, system } = process.cpuUsage(used);
    times.push((user + system) / 1000);
  }
  walks.push(median(times));
  row(`walk of ${count} versions`, `${walks.at(-1).toFixed(0)} ms`, '');
}
row('growth exponent of the walk', (Math.log(walks[2] / walks[0]) / Math.log(4)).toFixed(2), '<= 1.1');

for (const [title, value, target] of rows) console.log(`${title.padEnd(44)} ${value.padStart(28)}   ${target}`);
