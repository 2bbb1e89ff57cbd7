import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { formatEvidence } from '@countersign/proof-core/evidence/evidence';
import type { NoteKey } from '@countersign/proof-core/note/key';
import { formatVkey } from '@countersign/proof-core/note/vkey';
import { storedRoot } from '../append/stored-proof.ts';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';
import { type AskedWitness, type Submission, type WitnessConflict, describeAnswer } from './ask.ts';
import type { Exchange } from './exchange.ts';
import { type Witnessed, readWitnessed } from './monitor.ts';

/** What a conflict is described from. */
export interface ConflictParts {
  readonly store: ChainStore;
  readonly exchange: Exchange;
  /** The log's keys. */
  readonly keys: readonly NoteKey[];
  readonly witness: AskedWitness;
  readonly submission: Submission;
  readonly conflict: WitnessConflict;
  /** RFC 3339 UTC. */
  readonly at: string;
}

/**
 * Writes down what a witness objected to (docs/operations/witness.md): the question, the answer, and the checkpoint that it shows instead. Where
 * that one and one of ours are of one size with different roots, both signed by the log, the file holds evidence that anyone can check
 * (docs/spec/evidence.md).
 *
 * @returns JSON
 */
export async function conflictEvidence(parts: ConflictParts, engine: Engine, signal?: AbortSignal): Promise<string> {
  const { store, exchange, keys, witness, submission, conflict, at } = parts;
  const shown = await readWitnessed(exchange, witness, store.chain, keys, engine, signal).catch((error: unknown) => {
    if (error instanceof ChainError) return error;
    throw error;
  });
  const witnessed = shown instanceof ChainError || shown === undefined ? undefined : shown;
  return JSON.stringify({
    format: 'countersign/witness-conflict@1',
    at,
    witness: { name: witness.name, url: witness.url, vkey: formatVkey(witness.key) },
    submitted: utf8Decode(submission.note),
    answer: describeAnswer(conflict.answer),
    ...(witnessed === undefined ? {} : { witnessed: utf8Decode(witnessed.note), ...(await compare(parts, witnessed, engine)) }),
    ...(shown instanceof ChainError ? { unseen: shown.message } : {}),
  });
}

async function compare(
  { store }: ConflictParts,
  { note, checkpoint }: Witnessed,
  engine: Engine,
): Promise<{ readonly finding: string; readonly evidence?: string }> {
  const { size, root } = checkpoint;
  const stored = (await store.checkpoint())?.size ?? 0;
  if (size > stored)
    return { finding: `the log was signed up to size ${size}; this database holds ${stored} records: it is an older copy` };
  if (size === 0 || equalBytes(await storedRoot(store, size, engine), root))
    return { finding: `what the witness shows (size ${size}) agrees with this database: look at the witness` };
  const ours = await store.note(size);
  const finding = `at size ${size} this database has another root than the log has signed`;
  if (ours?.size !== size) return { finding };
  const evidence = formatEvidence({ kind: 'roots', notes: [note, utf8Encode(ours.note)] }, engine);
  return { finding, evidence: utf8Decode(evidence) };
}
