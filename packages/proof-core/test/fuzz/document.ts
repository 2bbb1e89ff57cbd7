import { base64urlEncode } from '../../src/bytes/base64.ts';
import { equalBytes } from '../../src/bytes/compare.ts';
import { utf8Decode, utf8Encode } from '../../src/bytes/utf8.ts';
import { type ParsedDocument, parseDocument } from '../../src/document/parse.ts';
import { signDocument } from '../../src/document/sign.ts';
import { DOCUMENT_TYPES } from '../../src/document/types.ts';
import { inspectDocument } from '../../src/document/verify.ts';
import { defaultEngine } from '../../src/engine/default.ts';
import { ProofError } from '../../src/errors.ts';
import { fixedSigner, resolverOf } from '../document/keys.ts';

const one = fixedSigner('license-1', 1);
const two = fixedSigner('license-2', 2);
const request = { type: DOCUMENT_TYPES.license, purpose: 'license', payload: { sku: 'a', seats: 3 } } as const;
const seeds = [
  await signDocument({ ...request, signers: [one], form: 'compact' }),
  await signDocument({ ...request, signers: [one, two], form: 'general' }),
];
const policy = { type: request.type, purpose: request.purpose, resolver: resolverOf({ signer: one }, { signer: two }) };

/** The bytes that a document taken apart must have come from. */
function rebuild({ form, payload, signatures }: ParsedDocument): Uint8Array {
  const parts = signatures.map(({ header: { alg, kid, typ }, signature }) => ({
    protected: base64urlEncode(defaultEngine.canonicalize({ alg, kid, typ })),
    signature: base64urlEncode(signature),
  }));
  const encoded = base64urlEncode(payload);
  if (form === 'compact') return utf8Encode(`${parts[0]!.protected}.${encoded}.${parts[0]!.signature}`);
  return utf8Encode(`${utf8Decode(defaultEngine.canonicalize({ payload: encoded, signatures: parts }))}\n`);
}

/** What a target must hold for any bytes whatever. */
export const targets: readonly { name: string; seeds: readonly Uint8Array[]; run: (bytes: Uint8Array) => void | Promise<void> }[] = [
  {
    name: 'document/parse',
    seeds,
    run(bytes) {
      let document: ParsedDocument;
      try {
        document = parseDocument(bytes);
      } catch (error) {
        if (error instanceof ProofError) return;
        throw error;
      }
      if (!equalBytes(rebuild(document), bytes)) throw new Error('a second byte string for one document');
    },
  },
  {
    name: 'document/inspect',
    seeds,
    async run(bytes) {
      const { trusted } = await inspectDocument(bytes, policy);
      if (trusted && !seeds.some((seed) => seedPayload(seed) === seedPayload(bytes)))
        throw new Error('a document nobody signed is trusted');
    },
  },
];

function seedPayload(bytes: Uint8Array): string {
  return parseDocument(bytes).digest;
}
