import { createHash, createPrivateKey } from 'node:crypto';
import { signDocument } from '@countersign/proof-core/document/sign';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { TreeView } from '@countersign/proof-core/merkle/tree';
import { formatCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { formatVkey, noteKey } from '@countersign/proof-core/note/key';
import { signNote } from '@countersign/proof-core/note/sign';
import type { Signer } from '@countersign/proof-core/ports';
import { formatReceipt } from '@countersign/proof-core/receipt/receipt';
import { formatLink, ZERO_HASH } from '@countersign/proof-core/record/link';
import { localSigner } from '@countersign/signer-registry/node/local-signer';
import { createRegistry, makeSigner } from '@countersign/signer-registry/registry/make';
import { signRegistry } from '@countersign/signer-registry/registry/sign';

/** A small log with everything a verifier is handed, the same in every run. */
export interface Sample {
  readonly chain: string;
  readonly records: readonly Uint8Array[];
  /** Signed checkpoint over all records. */
  readonly note: Uint8Array;
  /** The log key as a note verifier key. */
  readonly vkey: string;
  /** signers.json with a root, the log key and a license key. */
  readonly registry: Uint8Array;
  /** One for each record. */
  readonly receipts: readonly Uint8Array[];
  /** A signed document of type license. */
  readonly license: Uint8Array;
}

const CHAIN = 'example.com/audit';
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A signer over a key that is the same in every run: its seed is the hash of its name. */
export function seededSigner(name: string, prefix = ''): Signer {
  const seed = createHash('sha256').update(`sample key ${prefix}${name}`).digest();
  return localSigner(name, createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' }));
}

/** Records as the chain writes them; the first is `chain.created`. */
function makeRecords(count: number): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let seq = 0; seq < count; seq += 1) {
    const id = `01930000-0000-7000-8000-${String(seq).padStart(12, '0')}`;
    const time = `2026-11-21T03:12:${String(seq).padStart(2, '0')}.000Z`;
    const prev = seq === 0 ? ZERO_HASH : Buffer.from(hashLeaf(records[seq - 1]!)).toString('hex');
    const event =
      seq === 0
        ? `{"event":{"actor":"system","id":"${id}","payload":{"format":"countersign/chain@1"},"type":"chain.created"}`
        : `{"event":{"actor":"user:7f3a","id":"${id}","payload":{"amount":${1999 + seq},"currency":"EUR","note":"Grüße ☕"},"subject":"order:${seq}","type":"order.created"}`;
    records.push(new TextEncoder().encode(event + formatLink({ chain: CHAIN, prev, seq, time })));
  }
  return records;
}

async function makeRegistry(root: Signer, log: Signer, licenser: Signer): Promise<Uint8Array> {
  const common = { validFrom: '2026-11-01T00:00:00.000Z', backend: 'file' };
  const { publicKey } = root;
  const members = createRegistry({
    issuedAt: '2026-11-01T00:00:00.000Z',
    expires: '2036-11-01T00:00:00.000Z',
    roots: [root.kid],
    threshold: 1,
    signers: [
      makeSigner({ ...common, kid: root.kid, publicKey, purposes: ['registry-root'], operator: 'security' }),
      makeSigner({ ...common, kid: log.kid, publicKey: log.publicKey, purposes: ['checkpoint'], chains: [CHAIN], operator: 'audit' }),
      makeSigner({ ...common, kid: licenser.kid, publicKey: licenser.publicKey, purposes: ['license'], operator: 'marketplace' }),
    ],
  });
  return signRegistry(members, [root]);
}

/**
 * Makes the sample log of `count` records.
 *
 * @param keys a prefix of the names that the keys are made from; another one makes another registry with the same kids
 */
export async function makeSample(count = 7, keys = ''): Promise<Sample> {
  const [root, log, licenser] = [seededSigner('root-1', keys), seededSigner('log-1', keys), seededSigner('license-1', keys)] as const;
  const records = makeRecords(count);
  const leaves = Buffer.concat(records.map((record) => hashLeaf(record)));
  const view = new TreeView(CompactRange.empty(), leaves);
  const text = formatCheckpoint({ origin: CHAIN, size: count, root: view.root() });
  const note = await signNote(text, [{ name: CHAIN, signer: log }]);
  return {
    chain: CHAIN,
    records,
    note,
    vkey: formatVkey(noteKey(CHAIN, log.publicKey)),
    registry: await makeRegistry(root, log, licenser),
    receipts: records.map((record, index) => formatReceipt({ record, index, hashes: view.inclusionProof(index), note })),
    license: await signDocument({
      type: DOCUMENT_TYPES.license,
      purpose: 'license',
      payload: { format: 'countersign/license@1', licensee: 'user:7f3a', sku: 'atlas-3' },
      signers: [licenser],
      form: 'compact',
    }),
  };
}
