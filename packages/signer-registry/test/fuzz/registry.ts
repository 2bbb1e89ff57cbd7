import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { ProofError } from '@countersign/proof-core/errors';
import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import { RegistryError } from '../../src/errors.ts';
import { readSigners } from '../../src/legacy/detect.ts';
import { parseLegacySigners } from '../../src/legacy/parse.ts';
import { parseRegistryPayload } from '../../src/registry/parse-payload.ts';
import { parseRegistry } from '../../src/registry/parse.ts';
import { signRegistry } from '../../src/registry/sign.ts';
import { formatStatement, parseStatement } from '../../src/signer/statement.ts';
import { publicKeyOf, seededSigner } from '../support/keys.ts';
import { CHAIN, T, sample } from '../support/registries.ts';

/** Only coded errors may leave a parser. */
async function attempt<T>(run: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof RegistryError || error instanceof ProofError) return undefined;
    throw error;
  }
}

const members = sample();
const payload = canonicalize(members);
const signed = await signRegistry(members, [seededSigner('r1'), seededSigner('r2')]);
const { digest } = await parseRegistry(signed);
const jwk = publicKeyOf('old-1').jwk;
const legacy = [
  { signers: [{ kid: 'old-1', algorithm: 'EdDSA', public_key: jwk, created_at: T(0) }] },
  [{ kid: 'old-1', public_key: jwk, status: 'active' }],
  { keys: [{ ...jwk, kid: 'old-1', use: 'sig' }] },
  { 'old-1': jwk.x, note: 'a map', 'old-2': { algorithm: 'HMAC-SHA256', secret: 'c2VjcmV0' } },
].map((value) => utf8Encode(JSON.stringify(value)));

/** What a target must hold for any bytes whatever. */
export const targets: readonly { name: string; seeds: readonly Uint8Array[]; run: (bytes: Uint8Array) => void | Promise<void> }[] = [
  {
    name: 'registry/document',
    seeds: [signed],
    async run(bytes) {
      const registry = await attempt(() => parseRegistry(bytes));
      if (registry !== undefined && registry.digest !== digest) throw new Error('nobody signed this registry');
    },
  },
  {
    name: 'registry/payload',
    seeds: [payload],
    async run(bytes) {
      const registry = await attempt(() => parseRegistryPayload(bytes));
      if (registry === undefined) return;
      for (const { kid } of registry.entries()) {
        const answer = registry.resolve({ kid, purpose: 'checkpoint', chain: CHAIN, earliest: T(10), latest: T(20) });
        if (answer.trusted && answer.entry.kid !== kid) throw new Error('another key answers');
      }
      if (registry.resolve({ kid: 'nobody\n', purpose: 'checkpoint' }).trusted) throw new Error('an unknown kid is trusted');
    },
  },
  {
    name: 'registry/legacy',
    seeds: legacy,
    async run(bytes) {
      const read = await attempt(() => parseLegacySigners(bytes));
      const kids = read?.signers.map(({ kid }) => kid) ?? [];
      if (new Set(kids).size !== kids.length) throw new Error('one kid, two signers');
      await attempt(() => readSigners(bytes, { purposes: ['checkpoint'] }));
    },
  },
  {
    name: 'registry/statement',
    seeds: [
      formatStatement({ type: 'probe', kid: 'log-1', nonce: '0'.repeat(64) }),
      formatStatement({ type: 'rotation', from: 'log-1', to: 'log-2', registry: 'a'.repeat(64) }),
    ],
    run(bytes) {
      const statement = parseStatement(bytes);
      if (statement !== undefined && !equalBytes(formatStatement(statement), bytes)) throw new Error('it writes back otherwise');
    },
  },
];
