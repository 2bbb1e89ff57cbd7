import { hexDecode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { makeEvidence } from '@countersign/proof-core/evidence/verify';
import { verifyConsistency } from '@countersign/proof-core/merkle/consistency';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { parseNote } from '@countersign/proof-core/note/note';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { logKeys } from '@countersign/proof-core/receipt/log-keys';
import { Tally } from '../context.ts';
import { FindingList } from '../finding.ts';
import { type Judgement, judgementOf } from '../judgement.ts';
import { type ReadNote, judgeNote, readNote } from '../trust/note.ts';

/** What connects two checkpoints of different sizes. */
export type Connection =
  /** A consistency proof, in the order of RFC 6962 §2.1.2. */
  | { readonly proof: readonly Uint8Array[] }
  /** Roots of one tree of records at the two sizes, hex; undefined where the records end before. */
  | { readonly roots: (older: number, newer: number) => Promise<readonly [string | undefined, string | undefined]> };

/** What judging two checkpoints gives beside the judgement. */
export interface CheckpointsJudgement extends Judgement {
  /** An evidence file (docs/spec/evidence.md), when both are signed by trusted keys and cannot both be true. */
  readonly evidence?: Uint8Array;
}

interface Two {
  readonly older: ReadNote;
  readonly newer: ReadNote;
}

/**
 * Judges whether one checkpoint continues another.
 *
 * @param older a signed note; @param newer another one. Given the wrong way round they are turned
 * @see RFC 6962 §2.1.2, docs/spec/checkpoint.md
 * @example (await inspectCheckpoints(monday, tuesday, { resolver }, { proof })).exitCode // 0
 */
export async function inspectCheckpoints(
  older: Uint8Array,
  newer: Uint8Array,
  options: { readonly resolver?: KeyResolver },
  connection?: Connection,
  engine: Engine = defaultEngine,
): Promise<CheckpointsJudgement> {
  const findings = new FindingList();
  const origin = originOf(older);
  const two = readTwo(older, newer, origin ?? '', findings);
  const words = {
    subject: origin ?? 'checkpoints',
    good: 'the newer checkpoint continues the older one',
    bad: 'NOT shown to be one history',
  };
  if (two === undefined) return judgementOf('checkpoint', words, {}, findings);
  const signed = await judgeSigned(two, origin!, options, findings, engine);
  const forked = await compare(two, connection, findings, engine);
  const facts = {
    origin: origin!,
    older: `${two.older.checkpoint.size} ${two.older.root}`,
    newer: `${two.newer.checkpoint.size} ${two.newer.root}`,
  };
  const judgement = judgementOf('checkpoint', words, facts, findings);
  if (!forked || !signed || options.resolver === undefined) return judgement;
  const keys = logKeys(options.resolver, origin!, engine).map(({ noteKey }) => noteKey);
  return { ...judgement, evidence: await makeEvidence({ kind: 'roots', notes: [two.older.bytes, two.newer.bytes] }, keys, engine) };
}

function originOf(bytes: Uint8Array): string | undefined {
  try {
    return parseCheckpoint(parseNote(bytes).textBytes).origin;
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}

function readTwo(first: Uint8Array, second: Uint8Array, origin: string, findings: FindingList): Two | undefined {
  const read = [first, second].map((bytes) => readNote(bytes, origin));
  const notes = read.flatMap((one, index) => {
    if ('note' in one) return [one.note];
    findings.add({ ...one.finding, field: `${index === 0 ? 'old' : 'new'}: ${one.finding.field ?? 'checkpoint'}` });
    return [];
  });
  const [a, b] = notes;
  if (a === undefined || b === undefined) return undefined;
  return a.checkpoint.size <= b.checkpoint.size ? { older: a, newer: b } : { older: b, newer: a };
}

/** Judges the signatures of both; tells whether trusted keys signed each. */
async function judgeSigned(
  two: Two,
  chain: string,
  options: { readonly resolver?: KeyResolver },
  findings: FindingList,
  engine: Engine,
): Promise<boolean> {
  const { resolver } = options;
  if (resolver === undefined) {
    findings.add({ code: 'NO_REGISTRY', field: 'signers' });
    return false;
  }
  const run = { chain, options: { resolver }, level: 'default', engine, keys: logKeys(resolver, chain, engine) } as const;
  let signed = true;
  for (const [field, note] of Object.entries(two) as [string, ReadNote][]) {
    const judged = await judgeNote(run, new Tally(), note, undefined);
    signed &&= judged.trusted;
    for (const finding of judged.findings) findings.add({ ...finding, field });
  }
  return signed;
}

/** Compares the trees; tells whether the two notes alone prove a fork. */
async function compare({ older, newer }: Two, connection: Connection | undefined, findings: FindingList, engine: Engine): Promise<boolean> {
  const sizes = [older.checkpoint.size, newer.checkpoint.size] as const;
  if (sizes[0] === sizes[1]) {
    if (older.root === newer.root) return false;
    findings.add({ code: 'CHAIN_FORKED', seq: sizes[0] - 1, field: 'root', expected: older.root, actual: newer.root });
    return true;
  }
  if (connection === undefined) findings.add({ code: 'CONSISTENCY_UNKNOWN', field: 'size', expected: sizes[0], actual: sizes[1] });
  else if ('proof' in connection) checkProof(older, newer, connection.proof, findings, engine);
  else await checkRoots(older, newer, connection, findings);
  return false;
}

function checkProof(older: ReadNote, newer: ReadNote, proof: readonly Uint8Array[], findings: FindingList, engine: Engine): void {
  try {
    verifyConsistency(older.checkpoint.size, hexDecode(older.root), newer.checkpoint.size, hexDecode(newer.root), proof, engine);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    findings.add({ code: 'CHECKPOINT_INCONSISTENT', field: 'proof', expected: 'a proof that holds', actual: error.code });
  }
}

async function checkRoots(
  older: ReadNote,
  newer: ReadNote,
  { roots }: Extract<Connection, { roots: unknown }>,
  findings: FindingList,
): Promise<void> {
  const [first, second] = await roots(older.checkpoint.size, newer.checkpoint.size);
  for (const [field, note, root] of [
    ['older', older, first],
    ['newer', newer, second],
  ] as const) {
    // prettier-ignore
    if (root === undefined) findings.add({ code: 'CONSISTENCY_UNKNOWN', field, expected: note.checkpoint.size, actual: 'fewer records' });
    else if (root !== note.root) findings.add({ code: 'CHECKPOINT_INCONSISTENT', seq: note.checkpoint.size - 1, field, expected: note.root, actual: root });
  }
}
