import { ProofError } from '@countersign/proof-core/errors';
import type { Clock, HighWaterMark, KeyResolver, Signer } from '@countersign/proof-core/ports';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { requireRegistered } from '../append/keys.ts';
import { ChainError } from '../errors.ts';
import { remembersServer } from '../marks/cell.ts';
import type { ServerState } from '../store/server.ts';
import type { ChainStore } from '../store/store.ts';
import { type Check, checkOf } from './check.ts';
import { verifyHead } from './head.ts';

/** What a chain is signed with, as far as the caller has it. */
export interface SigningParts {
  readonly resolver?: KeyResolver;
  readonly signers?: readonly Signer[];
  readonly mark?: HighWaterMark;
}

// These contradict what was signed; others are matters of operation.
const INTEGRITY = new Set(['ERR_CHAIN_FORKED', 'ERR_CHAIN_ROLLED_BACK', 'ERR_CHAIN_TAMPERED']);
const ADVICE: Readonly<Record<string, string>> = {
  ERR_CHAIN_FORKED: 'nothing may be signed: keep the database and the mark as evidence, then audit-chain succeed',
  ERR_CHAIN_ROLLED_BACK: 'put back a newer copy of the database, or audit-chain succeed',
  ERR_CHAIN_TAMPERED: 'nothing may be signed: audit-verify says what was changed',
  ERR_MARK_MISSING: 'put the high-water mark back from its own backup',
  ERR_MARK_STORE: 'make the high-water mark reachable, or put it back from its own backup',
};

/** Verifies the newest note and holds it and the head against the high-water mark. */
export async function checkHead(store: ChainStore, { resolver, mark }: SigningParts, engine: Engine): Promise<Check> {
  const { ok, warn, fail, skip } = checkOf('mark');
  if (resolver === undefined) return skip('no signer registry was named: the newest note was not verified');
  if (mark === undefined) return warn('no high-water mark was named', 'production refuses to start without one (AUDIT_MARK)');
  try {
    const head = await verifyHead(store, { resolver, mark }, engine);
    return ok(`size ${head.mark?.size ?? 0}; the newest note (size ${head.signed}) is verified and agrees with it`);
  } catch (error) {
    if (!(error instanceof ChainError) && !(error instanceof ProofError)) throw error;
    if (error instanceof ChainError && ['ERR_STORE', 'ERR_DISK_FULL'].includes(error.code)) throw error;
    // A note by keys that the registry does not have is as likely a wrong registry.
    const isIntegrity = INTEGRITY.has(error.code) || (error instanceof ProofError && error.code !== 'ERR_NOTE_UNVERIFIED');
    const advice = ADVICE[error.code] ?? 'the newest note does not verify: name the right registry; audit-verify says more';
    return { ...fail(`${error.code}: ${error.message}`, advice), ...(isIntegrity ? { integrity: true } : {}) };
  }
}

/** Tells whether signing has been stopped by what a witness found. */
export async function checkStop(store: ChainStore): Promise<Check> {
  const { ok, fail } = checkOf('stop');
  const stop = await store.attestations().stopped();
  if (stop === undefined) return ok('nobody has stopped signing');
  const advice =
    'audit-chain witness --evidence FILE writes down what was seen; docs/operations/witness.md says what it means and how signing goes on';
  return { ...fail(`signing was stopped at ${stop.at}: ${stop.reason}; what is appended is durable and waits`, advice), integrity: true };
}

/** Compares the server with the one that is remembered beside the mark. */
export async function checkIdentity(store: ChainStore, { mark }: SigningParts, server: ServerState): Promise<Check> {
  const { ok, warn, skip } = checkOf('identity');
  if (mark === undefined || !remembersServer(mark))
    return skip(`system identifier and timeline ${server.identity}; the mark remembers none`);
  const remembered = await mark.server(store.chain);
  if (remembered === undefined || remembered === server.identity) return ok(`system identifier and timeline ${server.identity}`);
  return warn(
    `system identifier and timeline are ${server.identity}, and were ${remembered} when the chain was last signed`,
    'after a failover or restore this is expected: the chain is checked against its mark before anything is signed',
  );
}

/** Looks at whether the signers may sign now. */
export function checkSigners(store: ChainStore, { resolver, signers }: SigningParts, clock: Clock): Check {
  const { ok, fail, skip } = checkOf('signers');
  if (resolver === undefined || signers === undefined || signers.length === 0) return skip('no signer was named');
  const now = new Date(clock.now()).toISOString();
  try {
    for (const signer of signers) requireRegistered(signer, resolver, 'checkpoint', store.chain, now);
    return ok(`${signers.map(({ kid }) => kid).join(', ')} may sign checkpoints of ${store.chain}`);
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    return fail(error.message, 'audit-signers doctor says what the registry allows');
  }
}
