import type { ProofError } from '@countersign/proof-core/errors';
import type { Member } from '../../archive/segment.ts';
import type { ReadRun } from '../context.ts';
import type { Finding } from '../finding.ts';
import { type ArchiveFile, type ArchiveSource, SourceError } from '../ports.ts';
import type { Stretch } from '../scan/stretch.ts';
import { runAhead } from './ahead.ts';
import { MemberError } from './manifest.ts';
import { type ReadMember, readMember } from './member.ts';

/** How many members are read and inflated ahead of the one being judged. */
const AHEAD = 3;
const RANGE_BYTES = 1 << 20;
const GRAIN_BYTES = 1 << 17;

/** A member of a segment file: as stored, and what it holds. */
export interface StoredMember {
  readonly member: Member;
  readonly stored: Uint8Array;
  readonly read: ReadMember;
  /** What another thread has found in its lines, when that was nothing wrong. */
  readonly scanned?: { readonly stretch: Stretch; readonly leaves: Uint8Array };
}

/** Buffers that are used in turn: one for every member that is being read, and one for the member being judged. */
class Ring {
  readonly #slots: Uint8Array[] = Array.from({ length: AHEAD + 1 }, () => new Uint8Array(0));
  readonly #allocate: (length: number) => Uint8Array;

  constructor(run: ReadRun) {
    this.#allocate = (length) => run.inflater.allocate?.(length) ?? new Uint8Array(length);
  }

  take(turn: number, length: number): Uint8Array {
    const slot = turn % this.#slots.length;
    // Rounded up: members differ a little in length, and each must not need a buffer of its own.
    if (this.#slots[slot]!.length < length) this.#slots[slot] = this.#allocate(Math.ceil(length / GRAIN_BYTES) * GRAIN_BYTES);
    return this.#slots[slot]!.subarray(0, length);
  }
}

/** Reads members in order, a few ahead; what is yielded holds until the next step. */
export function readMembers(run: ReadRun, source: ArchiveSource, path: string, members: readonly Member[]): AsyncGenerator<StoredMember> {
  const places = new Ring(run);
  const lines = new Ring(run);
  const tasks = members.map((member, turn) => async (): Promise<StoredMember> => {
    const into = places.take(turn, member.size);
    const stored = await source.read(path, member.offset, member.offset + member.size, { ...signalOf(run), into });
    const whole = stored.length === member.size;
    return {
      member,
      stored,
      read: whole ? await readMember(stored, lines.take(turn, member.bytes + 1), run.inflater) : { status: 'damaged' },
    };
  });
  return runAhead(tasks, AHEAD);
}

/** Reads what is left of a file, for its digest alone. */
export async function* readRest(run: ReadRun, source: ArchiveSource, file: ArchiveFile, from: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < file.size; at += RANGE_BYTES) {
    const bytes = await source.read(file.path, at, Math.min(at + RANGE_BYTES, file.size), signalOf(run));
    if (bytes.length === 0) return;
    yield bytes;
  }
}

/**
 * Reads a small file whole.
 *
 * @param most larger files are refused
 * @returns the bytes, or the finding why there are none
 */
export async function readSmall(
  run: ReadRun,
  source: ArchiveSource,
  file: ArchiveFile | undefined,
  name: string,
  most: number,
): Promise<Uint8Array | Finding> {
  if (file === undefined) return { code: 'FILE_MISSING', field: name };
  if (file.size > most) return { code: 'FILE_DIGEST', field: name, expected: `at most ${most} bytes`, actual: file.size };
  try {
    return await source.read(file.path, 0, file.size, signalOf(run));
  } catch (error) {
    return sourceFinding(error, name);
  }
}

function signalOf(run: ReadRun): { signal?: AbortSignal } {
  const { signal } = run.options;
  return signal === undefined ? {} : { signal };
}

/** What a failed read means; anything that is no source error is thrown on. */
export function sourceFinding(error: unknown, name: string): Finding {
  if (!(error instanceof SourceError)) throw error;
  return error.reason === 'missing'
    ? { code: 'FILE_MISSING', field: name }
    : { code: 'SOURCE_UNREADABLE', field: name, actual: error.message };
}

/** The evidence of a refusal by a parser, for a finding. */
export function refusal(error: ProofError | MemberError): Pick<Finding, 'field' | 'expected' | 'actual'> {
  if (error instanceof MemberError) return { field: error.field, expected: error.expected, actual: 'another value' };
  return {
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.expected === undefined ? {} : { expected: error.expected }),
    actual: error.actual ?? error.code,
  };
}
