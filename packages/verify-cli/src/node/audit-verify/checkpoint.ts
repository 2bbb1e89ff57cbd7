import { base64Decode } from '@countersign/proof-core/bytes/base64';
import { type CheckpointsJudgement, type Connection, inspectCheckpoints } from '@countersign/audit-chain/verify/checkpoint/inspect';
import type { Pin } from '@countersign/audit-chain/verify/context';
import { ProofError } from '@countersign/proof-core/errors';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { parseNote } from '@countersign/proof-core/note/note';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { EXIT } from '../command/exit.ts';
import { writeNew } from '../command/output.ts';
import { CliError } from '../errors.ts';
import { printJudgement } from './print.ts';
import { inspectPath } from './source.ts';
import { readSubject } from './subject.ts';
import { readNamed } from '../command/named-file.ts';
import { type TrustFlags, readTrust } from './trust.ts';

/** The flags as given. */
export interface CheckpointFlags extends TrustFlags {
  readonly proof?: string;
  readonly source?: string;
  readonly evidence?: string;
  readonly json?: boolean;
}

/** Runs `audit-verify checkpoint OLD NEW`; gives the exit code. */
export async function verifyCheckpoints(olderPath: string, newerPath: string, flags: CheckpointFlags): Promise<number> {
  if (flags.proof !== undefined && flags.source !== undefined)
    throw new CliError('ERR_CLI_OPTION', '--proof: cannot be used together with --source', '--proof');
  const { resolver } = await readTrust(flags);
  const older = await readSubject(olderPath);
  const newer = await readSubject(newerPath);
  if (older === undefined || newer === undefined) return EXIT.unreachable;
  const connection = await connect(flags, older, newer);
  const judged = await inspectCheckpoints(older, newer, resolver === undefined ? {} : { resolver }, connection);
  const { evidence, ...judgement } = judged satisfies CheckpointsJudgement;
  if (evidence !== undefined && flags.evidence !== undefined) await writeNew(flags.evidence, evidence, '--evidence');
  return printJudgement(judgement, flags.json === true);
}

async function connect(flags: CheckpointFlags, older: Uint8Array, newer: Uint8Array): Promise<Connection | undefined> {
  if (flags.proof !== undefined) return { proof: readProof(await readNamed(flags.proof, '--proof', 1 << 16)) };
  const { source } = flags;
  if (source === undefined) return undefined;
  const pins = [older, newer].flatMap(pinOf).sort((a, b) => a.size - b.size);
  // What is no checkpoint is said by who judges both.
  if (!isTwo(pins)) return undefined;
  return { roots: async () => [await rootFrom(source, pins[0]), await rootFrom(source, pins[1])] };
}

function isTwo(pins: readonly Pin[]): pins is readonly [Pin, Pin] {
  return pins.length === 2;
}

function pinOf(note: Uint8Array): Pin[] {
  try {
    const { origin, size, root } = parseCheckpoint(parseNote(note).textBytes);
    return [{ chain: origin, size, root: hexEncode(root) }];
  } catch (error) {
    if (error instanceof ProofError) return [];
    throw error;
  }
}

/** A proof has at most 64 steps: one for each bit of a size. */
function readProof(bytes: Uint8Array): Uint8Array[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > 64) throw new CliError('ERR_CLI_OPTION', '--proof: expected at most 64 lines', '--proof');
  return lines.map((line) => base64Decode(line, '--proof'));
}

/** The root that a source has at a pinned size: the pinned one, where the source begins with its tree. */
async function rootFrom(source: string, previous: Pin): Promise<string | undefined> {
  const report = await inspectPath(source, { previous, level: 'integrity' });
  if (report.axes.completeness === 'pinned') return previous.root;
  const forked = report.findings.find(({ code, seq }) => code === 'CHAIN_FORKED' && seq === previous.size - 1);
  return forked === undefined ? undefined : String(forked.actual);
}
