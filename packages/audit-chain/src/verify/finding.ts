import { type FindingCode, findingKind } from './codes.ts';

/** One thing that does not hold, and where; never a payload. Members that do not apply are absent. */
export interface Finding {
  readonly code: FindingCode;
  /** Number of the segment's first record; absent for sources without segments. */
  readonly segment?: number;
  /** Number of the record, or of the first of several. */
  readonly seq?: number;
  readonly field?: string;
  readonly expected?: string | number;
  readonly actual?: string | number;
}

/** The findings of a list as plain data. */
export interface KeptFindings {
  readonly kept: readonly Finding[];
  readonly counts: ReadonlyMap<FindingCode, number>;
}

/** How many findings a report lists unless told otherwise; the counts go on. */
export const MAX_FINDINGS = 1000;

const LONGEST = 200;

/**
 * Collects findings: counts all of them, keeps the first ones, so that a hostile source cannot fill the memory.
 *
 * @example
 * const findings = new FindingList();
 * findings.add({ code: 'RECORD_MODIFIED', seq: 17 });
 */
export class FindingList {
  /** How many it keeps. */
  readonly limit: number;
  readonly #kept: Finding[] = [];
  readonly #counts = new Map<FindingCode, number>();

  /** @param limit how many findings to keep of those that decide the verdict, and again of those that only inform */
  constructor(limit: number = MAX_FINDINGS) {
    this.limit = limit;
  }

  /** A list of what another one has kept and counted. */
  static from({ kept, counts }: KeptFindings, limit?: number): FindingList {
    const list = new FindingList(limit);
    for (const finding of kept) list.add(finding);
    for (const [code, count] of counts) list.#counts.set(code, count);
    return list;
  }

  /** Adds one; text from the source is cut at 200 characters. */
  add(finding: Finding): void {
    const count = this.#counts.get(finding.code) ?? 0;
    this.#counts.set(finding.code, count + 1);
    // The first of every code is kept even when the list is full: a flood of one kind must not hide another.
    if (this.#kept.length < this.limit || count === 0) this.#kept.push(trim(finding));
  }

  /** Adds what another list has kept and counted. */
  addAll(other: FindingList): void {
    for (const finding of other.#kept) this.add(finding);
    for (const [code, count] of other.#counts) {
      const kept = other.#kept.filter((finding) => finding.code === code).length;
      this.#counts.set(code, (this.#counts.get(code) ?? 0) + count - kept);
    }
  }

  /** Everything kept and counted, to be sent to another thread. */
  dump(): KeptFindings {
    return { kept: this.#kept, counts: this.#counts };
  }

  /** Drops all but the first of every code; the counts stay. */
  trim(): void {
    const seen = new Set<FindingCode>();
    const first = this.#kept.filter(({ code }) => !seen.has(code) && seen.add(code));
    this.#kept.splice(0, this.#kept.length, ...first);
  }

  /** Puts one finding in the place of all of a code. */
  replace(code: FindingCode, finding: Finding): void {
    if (!this.#counts.delete(code)) return;
    const rest = this.#kept.filter((one) => one.code !== code);
    this.#kept.splice(0, this.#kept.length, ...rest);
    this.add(finding);
  }

  /** Those kept, in the order in which they were found. */
  get kept(): readonly Finding[] {
    return this.#kept;
  }

  /** How many there were of each code, kept or not. */
  get counts(): ReadonlyMap<FindingCode, number> {
    return this.#counts;
  }

  /** How many there were, kept or not. */
  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  has(code: FindingCode): boolean {
    return this.#counts.has(code);
  }

  /** Tells whether one of them ends in this exit code. */
  hasExit(exit: number): boolean {
    for (const code of this.#counts.keys()) if (findingKind(code).exit === exit) return true;
    return false;
  }

  /** Tells whether one of them that does more than inform is about this axis. */
  hasAxis(axis: string): boolean {
    for (const code of this.#counts.keys()) if (findingKind(code).axis === axis && findingKind(code).exit !== 0) return true;
    return false;
  }
}

function trim(finding: Finding): Finding {
  const { expected, actual } = finding;
  if (!isLong(expected) && !isLong(actual)) return finding;
  return { ...finding, ...(isLong(expected) ? { expected: cut(expected) } : {}), ...(isLong(actual) ? { actual: cut(actual) } : {}) };
}

function isLong(value: string | number | undefined): value is string {
  return typeof value === 'string' && value.length > LONGEST;
}

function cut(text: string): string {
  return `${text.slice(0, LONGEST)}…`;
}
