import { base64Decode, base64Encode } from '../../src/bytes/base64.ts';
import { hexDecode, hexEncode } from '../../src/bytes/hex.ts';
import { utf8Decode } from '../../src/bytes/utf8.ts';
import { verifyDocument } from '../../src/document/verify.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { checkCanonical } from '../../src/json/check.ts';
import { parseJson } from '../../src/json/parse.ts';
import { importPublicKey } from '../../src/key/import.ts';
import { withMlDsa } from '../../src/key/ml-dsa.ts';
import { CompactRange } from '../../src/merkle/compact-range.ts';
import { verifyConsistency } from '../../src/merkle/consistency.ts';
import { hashLeaf } from '../../src/merkle/hash.ts';
import { verifyInclusion } from '../../src/merkle/inclusion.ts';
import { parseCheckpoint } from '../../src/note/checkpoint.ts';
import { verifyCosignatures } from '../../src/note/cosignature.ts';
import { parseVkey } from '../../src/note/key.ts';
import { parseNote } from '../../src/note/note.ts';
import { verifyNote } from '../../src/note/verify.ts';
import type { KeyEntry, KeyResolver } from '../../src/ports.ts';
import { parseTlogProof } from '../../src/proof/tlog-proof.ts';
import { verifyReceipt } from '../../src/receipt/verify.ts';
import { parseRecord } from '../../src/record/parse.ts';
import { MODULES } from '../note/ml-dsa.ts';
import { bytesOf, type ReadVector } from './read.ts';

type Input = ReadVector['input'];
/** What the library does with a vector's input, written as the vector's result. */
type Operation = (input: Input, engine: Engine) => unknown;

const hashes = (list: readonly string[]): Uint8Array[] => list.map((text) => base64Decode(text));

/** Trusts every given key for everything at any time. */
function trusting(keys: readonly { readonly kid: string; readonly key: KeyEntry['key']; readonly operator?: string }[]): KeyResolver {
  const entries = keys.map(({ kid, key, operator = '' }): KeyEntry => ({
    kid,
    key,
    operator,
    algorithm: key.algorithm,
    purposes: ['checkpoint', 'license'],
    chains: ['*'],
    status: 'active',
    validFrom: '2000-01-01T00:00:00.000Z',
  }));
  return {
    entries: () => entries,
    resolve: ({ kid }) => {
      const entry = entries.find((candidate) => candidate.kid === kid);
      return entry === undefined ? { trusted: false, reason: 'unknown' } : { trusted: true, entry, time: 'asserted' };
    },
  };
}

function importKey({ jwk, pem, spki, raw, algorithm }: Input, engine: Engine): KeyEntry['key'] {
  const options = algorithm === undefined ? {} : { algorithm };
  if (jwk !== undefined) return importPublicKey(jwk, options, engine);
  if (pem !== undefined) return importPublicKey(String(pem), { ...options, format: 'pem' }, engine);
  if (spki !== undefined) return importPublicKey(hexDecode(spki), { ...options, format: 'spki' }, engine);
  return importPublicKey(hexDecode(raw), { ...options, format: 'raw' }, engine);
}

async function cosignatures(input: Input, engine: Engine): Promise<unknown> {
  const keys = (input['keys'] as string[]).map((key) => parseVkey(key, engine));
  const found = await verifyCosignatures(parseNote(bytesOf(input)), keys, engine);
  return found.map(({ key, time }) => ({ name: key.name, time }));
}

/** By the name of the file. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'json-check': (input, engine) => {
    const bytes = bytesOf(input);
    checkCanonical(bytes, 0, bytes.length, engine);
    return true;
  },
  'json-canonicalize': (input, engine) => utf8Decode(engine.canonicalize(parseJson(bytesOf(input)))),
  record: (input, engine) => {
    const { link } = parseRecord(bytesOf(input));
    return { hash: hexEncode(hashLeaf(bytesOf(input), engine)), ...link };
  },
  'merkle-root': ({ leaves }, engine) => {
    const leafHashes = (leaves as string[]).map((leaf) => hashLeaf(hexDecode(leaf), engine));
    const range = CompactRange.empty();
    for (const hash of leafHashes) range.append(hash, engine);
    return { leaf_hashes: leafHashes.map(base64Encode), root: base64Encode(range.root(engine)) };
  },
  'merkle-inclusion': ({ index, size, leaf, proof, root }, engine) => {
    verifyInclusion(index, size, base64Decode(leaf), hashes(proof), base64Decode(root), engine);
    return true;
  },
  'merkle-consistency': ({ size1, root1, size2, root2, proof }, engine) => {
    verifyConsistency(size1, base64Decode(root1), size2, base64Decode(root2), hashes(proof), engine);
    return true;
  },
  note: async (input, engine) => {
    const keys = (input['keys'] as string[]).map((key) => parseVkey(key, engine));
    const { signers, text } = await verifyNote(bytesOf(input), keys, engine);
    return { signers: signers.map(({ name }) => name), text };
  },
  checkpoint: (input) => {
    const { origin, size, root } = parseCheckpoint(bytesOf(input));
    return { origin, size, root: base64Encode(root) };
  },
  cosignature: cosignatures,
  'cosignature-ml-dsa': (input, engine) => cosignatures(input, withMlDsa(engine, MODULES)),
  'tlog-proof': (input) => {
    const { index, hashes: path, note, extra } = parseTlogProof(bytesOf(input));
    return {
      index,
      hashes: path.map(base64Encode),
      checkpoint: utf8Decode(note),
      ...(extra === undefined ? {} : { extra: base64Encode(extra) }),
    };
  },
  receipt: async (input, engine) => {
    const keys = (input['keys'] as { kid: string; vkey: string }[]).map(({ kid, vkey }) => ({
      kid,
      key: parseVkey(vkey, engine).publicKey as KeyEntry['key'],
    }));
    const policy = { resolver: trusting(keys), ...(input['origin'] === undefined ? {} : { origin: String(input['origin']) }) };
    const { index, leafHash, signers } = await verifyReceipt(bytesOf(input), policy, engine);
    return { index, leaf: base64Encode(hexDecode(leafHash)), signers: signers.map(({ kid }) => kid) };
  },
  'signed-document': async (input, engine) => {
    const { typ, keys, threshold = 1, operators = 0 } = input;
    const known = (keys as { kid: string; jwk: never; operator: string }[]).map(({ kid, jwk, operator }) => ({
      kid,
      operator,
      key: importPublicKey(jwk, {}, engine),
    }));
    const policy = { type: typ, purpose: 'license', resolver: trusting(known), threshold, operators } as const;
    const { digest, signatures } = await verifyDocument(bytesOf(input), policy, engine);
    return { digest, signers: signatures.map(({ kid }) => kid) };
  },
  key: (input, engine) => {
    const { algorithm, thumbprint } = importKey(input, engine);
    return { algorithm, thumbprint };
  },
  vkey: ({ text }, engine) => {
    const { name, type, keyId, publicKey } = parseVkey(text, engine);
    return { name, type, key_id: keyId.toString(16).padStart(8, '0'), thumbprint: publicKey.thumbprint };
  },
  ed25519: ({ public_key, message, signature }, engine) =>
    engine.verify(
      importPublicKey(base64Decode(public_key), { format: 'raw' }, engine),
      new TextEncoder().encode(message),
      base64Decode(signature),
    ),
};
