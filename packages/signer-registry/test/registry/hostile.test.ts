import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProofError } from '@countersign/proof-core/errors';
import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import { RegistryError } from '../../src/errors.ts';
import { readSigners } from '../../src/legacy/detect.ts';
import { parseLegacySigners } from '../../src/legacy/parse.ts';
import { readMarkMessage, readSignMessage } from '../../src/node/proxy/message.ts';
import { parseRegistry } from '../../src/registry/parse.ts';
import { signRegistry } from '../../src/registry/sign.ts';
import { parseStatement } from '../../src/signer/statement.ts';
import { seededSigner } from '../support/keys.ts';
import { parse, sample } from '../support/registries.ts';

const document = await signRegistry(sample(), [seededSigner('r1'), seededSigner('r2')]);

/** Runs a parser and lets nothing but coded errors out. */
async function coded(run: () => unknown): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (error instanceof RegistryError || error instanceof ProofError) return false;
    throw error;
  }
}

test('a changed registry document is read as what it was, or refused with a code', async () => {
  const { digest } = await parseRegistry(document);
  const edit = fc.record({
    at: fc.nat(document.length - 1),
    length: fc.integer({ min: 0, max: 4 }),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.string({ maxLength: 4 }).map((text) => new TextEncoder().encode(text)),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      let bytes = document;
      for (const { at, length, insert } of edits) {
        bytes = new Uint8Array([...bytes.subarray(0, at), ...insert, ...bytes.subarray(at + length)]);
      }
      if (await coded(() => parseRegistry(bytes))) expect((await parseRegistry(bytes)).digest).toBe(digest);
    }),
    { numRuns: 150 },
  );
});

const json = fc.json({ maxDepth: 4, noUnicodeString: false }).map((text) => new TextEncoder().encode(text));
const hostile = fc.oneof(fc.uint8Array({ maxLength: 200 }), json);

test('any bytes as a registry, a legacy registry or a list of signers end in a code or a result', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (bytes) => {
      expect(await coded(() => parseRegistry(bytes))).toBe(false);
      await coded(() => parseLegacySigners(bytes));
      await coded(() => readSigners(bytes, { purposes: ['checkpoint'] }));
      expect(parseStatement(bytes)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test('any JSON in place of any member of a registry ends in a code or a registry', async () => {
  const paths = [
    'version',
    'roots',
    'threshold',
    'expires',
    'signers.3.chains',
    'signers.3.purposes',
    'signers.3.public_key',
    'signers.3.revoked',
    'signers.3.emergency',
    'signers.3.valid_until',
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 3 }), async (path, value) => {
      const members = structuredClone(sample()) as unknown as Record<string, unknown>;
      const names = path.split('.');
      let target = members;
      for (const name of names.slice(0, -1)) target = target[name] as Record<string, unknown>;
      target[names.at(-1)!] = value;
      let canonical = true;
      try {
        canonicalize(members);
      } catch {
        // What no canonical JSON can hold cannot stand in a payload.
        canonical = false;
      }
      if (canonical) await coded(() => parse(members));
    }),
    { numRuns: 200 },
  );
});

test('any JSON as a request to the signing proxy ends in a code or a request', async () => {
  const loose = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.record({ bytes: fc.jsonValue(), kid: fc.jsonValue(), purpose: fc.jsonValue() }),
    fc.record({ origin: fc.jsonValue(), proof: fc.jsonValue(), root: fc.jsonValue(), size: fc.jsonValue() }),
  );
  await fc.assert(
    fc.asyncProperty(loose, async (value) => {
      await coded(() => readSignMessage(value as never));
      await coded(() => readMarkMessage(value as never));
    }),
    { numRuns: 300 },
  );
});
