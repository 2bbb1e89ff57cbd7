import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { verifyNote } from '@countersign/proof-core/note/verify';
import type { HighWaterMark, KeyResolver } from '@countersign/proof-core/ports';
import { Chain, type ChainParts } from '../append/chain.ts';
import { checkpointKeys } from '../append/keys.ts';
import { recoverChain } from '../append/recover.ts';
import { ChainError, type ChainErrorCode } from '../errors.ts';
import { type Predecessor, checkReservedPayload } from '../record/reserved.ts';
import type { AuditStore, ChainStore } from '../store/store.ts';

/** A chain that cannot go on, and what goes on in its place. */
export interface Succession {
  /** The database that has the old chain and gets the new one. */
  readonly database: AuditStore;
  readonly chain: string;
  /** The high-water mark of the old chain. */
  readonly mark: HighWaterMark;
  /** Why, for whoever reads the log: 1–1000 bytes, without personal data. */
  readonly reason: string;
  /** Id of the new chain. */
  readonly successor: string;
  /** What the new chain is opened with; `resolver` knows the keys of both. */
  readonly parts: Omit<ChainParts, 'store' | 'predecessor'>;
}

/** What keeps a chain from being signed for good: not a signer or a database that is away. */
const FINAL: readonly ChainErrorCode[] = ['ERR_CHAIN_FORKED', 'ERR_CHAIN_ROLLED_BACK', 'ERR_CHAIN_TAMPERED', 'ERR_MARK_MISSING'];

/**
 * Starts a new chain in place of one whose stored state is not what was signed, such as a restored backup behind the high-water mark
 * (architecture §4). Its `chain.created` names the old chain, the last checkpoint known to have been signed, and the reason.
 *
 * The old chain is not touched and is never signed again: opening it keeps being refused. Called again after a crash, it goes on.
 *
 * @returns the new chain, open
 * @throws ChainError ERR_SUCCEED_REFUSED when the old chain can go on itself, ERR_CHAIN_UNKNOWN, ERR_CHAIN_EXISTS, ERR_EVENT_RESERVED for the
 *   reason, ERR_MARK_STORE; what opening a chain throws; ProofError ERR_CHAIN_ID
 * @example const chain = await succeedChain({ database, chain: 'example.com/audit', successor: 'example.com/audit-2', … });
 */
export async function succeedChain(succession: Succession, engine: Engine = defaultEngine): Promise<Chain> {
  const { database, chain, mark, reason, successor, parts } = succession;
  const store = await database.open(chain);
  await requireStopped(store, { resolver: parts.resolver, mark }, engine);
  const predecessor = { chain, reason, ...(await lastSigned(store, { resolver: parts.resolver, mark }, engine)) };
  checkReservedPayload('chain.created', { format: 'countersign/chain@1', predecessor });
  return await Chain.open({ ...parts, store: await successorStore(database, successor, chain), predecessor }, engine);
}

/**
 * Requires that a chain cannot go on: that its stored state is not what was signed.
 *
 * @returns when it is stopped for good
 * @throws ChainError ERR_SUCCEED_REFUSED when it can be opened; what keeps it from being judged, such as ERR_STORE and ERR_MARK_STORE
 * @example await requireStopped(store, { resolver, mark });
 */
export async function requireStopped(
  store: ChainStore,
  trust: { readonly resolver: KeyResolver; readonly mark: HighWaterMark },
  engine: Engine = defaultEngine,
): Promise<void> {
  let size: number;
  try {
    size = (await recoverChain(store, trust, engine)).head.size;
  } catch (error) {
    const final = error instanceof ProofError || (error instanceof ChainError && FINAL.includes(error.code));
    if (final) return;
    throw error;
  }
  const message = `chain ${store.chain} is as it was signed (${size} records) and can go on: it needs no successor`;
  throw new ChainError('ERR_SUCCEED_REFUSED', message, { field: 'chain', expected: 'a chain that cannot go on', actual: `size ${size}` });
}

/** The high-water mark; without one the newest note, if it verifies. */
async function lastSigned(
  store: ChainStore,
  { resolver, mark }: { readonly resolver: KeyResolver; readonly mark: HighWaterMark },
  engine: Engine,
): Promise<Pick<Predecessor, 'root' | 'size'>> {
  const marked = await mark.read(store.chain);
  if (marked !== undefined) return { root: hexEncode(marked.root), size: marked.size };
  const note = await store.note();
  if (note === undefined) {
    throw new ChainError('ERR_MARK_MISSING', `chain ${store.chain}: neither a high-water mark nor a note says what was signed`, {
      field: 'high-water mark',
      expected: 'a size and a root',
      actual: 'none',
    });
  }
  const { root, size } = parseCheckpoint(
    (await verifyNote(utf8Encode(note.note), checkpointKeys(resolver, store.chain), engine)).textBytes,
  );
  return { root: hexEncode(root), size };
}

/** A chain of this name that is new, or was begun as the successor of this one. */
async function successorStore(database: AuditStore, successor: string, chain: string): Promise<ChainStore> {
  if (!(await database.chains()).includes(successor)) return await database.create(successor);
  const store = await database.open(successor);
  const first = (await store.recordsAt([0])).get(0);
  if (first === undefined && (await store.checkpoint()) === undefined) return store;
  const created = first && (parseJson(first, 'record') as unknown as { event: { payload: { predecessor?: { chain: string } } } });
  if (created?.event.payload.predecessor?.chain === chain) return store;
  throw new ChainError('ERR_CHAIN_EXISTS', `chain ${successor} is already there, and does not succeed ${chain}`, {
    field: 'successor',
    expected: 'a new chain',
    actual: successor,
  });
}
