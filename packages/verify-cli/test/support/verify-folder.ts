import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { signDocument } from '@countersign/proof-core/document/sign';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { TreeView } from '@countersign/proof-core/merkle/tree';
import { formatReceipt } from '@countersign/proof-core/receipt/receipt';
import { publishRegistry } from '@countersign/signer-registry/node/registry-file';
import { createRegistry, makeSigner, nextRegistry } from '@countersign/signer-registry/registry/make';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import { signRegistry } from '@countersign/signer-registry/registry/sign';
import { CHAIN, archiveOf, chainOf, linesOf, noteOf, signer, treeOf } from '../../../audit-chain/test/verify/support/archive.ts';
import { testSigner } from '../../../audit-chain/test/support/keys.ts';

/** The keys of the folder: a root, the log's (in the support of audit-chain), one for licenses, one that nobody registered. */
export const root = testSigner(8, 'root');
export const licenser = testSigner(9, 'license-1');
export const stranger = testSigner(10, 'stranger');
export const ARTIFACT = 'the artifact\n';

/** A folder with one of every kind of file that `audit-verify` reads. */
export interface VerifyFolder {
  readonly path: string;
  readonly at: (name: string) => string;
  /** Digests of the two versions of the registry. */
  readonly digests: readonly [string, string];
  remove(): void;
}

const ISSUED = '2026-01-01T00:00:00.000Z';

async function writeRegistry(path: string, older: string): Promise<[string, string]> {
  const dev = { validFrom: ISSUED, backend: 'file', operator: 'dev' };
  const signers = [
    makeSigner({ ...dev, kid: root.kid, publicKey: root.publicKey, purposes: ['registry-root'] }),
    makeSigner({ ...dev, kid: signer.kid, publicKey: signer.publicKey, purposes: ['checkpoint', 'segment'], chains: [CHAIN] }),
  ];
  const members = createRegistry({ issuedAt: ISSUED, expires: '2036-01-01T00:00:00.000Z', roots: [root.kid], threshold: 1, signers });
  const bytes = await signRegistry(members, [root]);
  writeFileSync(older, bytes);
  const first = await publishRegistry(path, bytes);
  const added = makeSigner({ ...dev, kid: licenser.kid, publicKey: licenser.publicKey, purposes: ['license'] });
  const next = nextRegistry(first, { issuedAt: '2026-02-01T00:00:00.000Z', signers: [...first.members.signers, added] });
  await publishRegistry(path, await signRegistry(next, [root], first));
  return [first.digest, (await parseRegistry(await signRegistry(next, [root], first))).digest];
}

/** A license for the artifact. */
export function licenseOf(by = licenser, payload: Record<string, string> = {}): Promise<Uint8Array> {
  const artifact = createHash('sha256').update(ARTIFACT).digest('hex');
  return signDocument({
    type: DOCUMENT_TYPES.license,
    purpose: 'license',
    payload: { artifact_sha256: artifact, issued_at: '2026-03-01T00:00:00.000Z', order: 'order:123', ...payload },
    signers: [by],
    form: 'compact',
  });
}

/** Makes the folder; the same bytes every time. */
export async function verifyFolder(): Promise<VerifyFolder> {
  const path = mkdtempSync(join(tmpdir(), 'countersign-'));
  const at = (name: string): string => join(path, name);
  const records = chainOf(30);
  for (const [name, bytes] of await archiveOf(records, [20, 10])) {
    mkdirSync(dirname(join(at('archive'), name)), { recursive: true });
    writeFileSync(join(at('archive'), name), bytes);
  }
  const digests = await writeRegistry(at('signers.json'), at('signers-2025.json'));
  const note = async (count: number, chain = records): Promise<string> => await noteOf(treeOf(chain.slice(0, count)));
  const forked = chainOf(30, {
    event: (seq) => ({ actor: 'user:9', id: `0193b3a4-0000-7000-8000-${String(seq).padStart(12, '1')}`, payload: {}, type: 'a.b' }),
  });
  const view = new TreeView(CompactRange.empty(), Buffer.concat(records.map((record) => hashLeaf(record))));
  const files: Record<string, string | Uint8Array> = {
    'records.jsonl': linesOf(records),
    'records.jsonl.gz': gzipSync(linesOf(records)),
    checkpoint: await note(30),
    'monday.checkpoint': await note(12),
    'tuesday.checkpoint': await note(30),
    'ours.checkpoint': await note(30),
    'theirs.checkpoint': await note(30, forked),
    'order.receipt': formatReceipt({ record: records[7]!, index: 7, hashes: view.inclusionProof(7), note: Buffer.from(await note(30)) }),
    'order.license': await licenseOf(),
    artifact: ARTIFACT,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(at(name), content);
  return { path, at, digests, remove: () => rmSync(path, { recursive: true }) };
}
