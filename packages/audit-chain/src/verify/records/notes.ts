import type { Run, Tally } from '../context.ts';
import { type Finding, FindingList } from '../finding.ts';
import { recordsText } from '../record/place.ts';
import type { CoveringCheckpoint } from '../report.ts';
import { type ReadNote, coveringCheckpoint, judgeNote, readNote } from '../trust/note.ts';
import type { NoteAttestations } from './attestations.ts';

/** What the notes of a source came to. */
export interface NotesOutcome {
  readonly checkpoint?: CoveringCheckpoint;
  readonly time?: 'asserted' | 'bounded' | 'attested';
  /** The last record that the checkpoint covers. */
  readonly last?: CoveredRecord;
  /** Largest size that a note names; 0 without notes. */
  readonly newest: number;
}

/** The last record that a checkpoint covers. */
export interface CoveredRecord {
  /** Hash, 32 bytes. */
  readonly hash: Uint8Array;
  readonly time: string;
}

/** A note, and the last record it covers: it was not signed before that one's time. */
interface Newest {
  readonly note: ReadNote;
  readonly last: CoveredRecord;
}

/**
 * Compares the notes of a source with the roots of its records, as both come along: every note's root, and the signatures of the newest note
 * under every key. Holds a few notes at a time.
 */
export class NoteFeed {
  /** Largest size that a note names. */
  newest = 0;
  readonly #notes: AsyncIterator<Uint8Array> | undefined;
  readonly #chain: string;
  /** Told at the end, behind those about records: how a stream is cut into buffers must not show in their order. */
  readonly #findings: FindingList;
  readonly #report: FindingList;
  /** Level `deep`: notes whose roots hold and whose signatures are still to be judged. */
  readonly #unjudged: Newest[] | undefined;
  readonly #waiting: ReadNote[] = [];
  readonly #byKey = new Map<string, Newest>();
  readonly #attestations: NoteAttestations;
  /** The newest note that outsiders have said anything of: it may be trusted where newer ones are not. */
  #attested: Newest | undefined;
  #differs = false;
  #compared = 0;
  #ended = false;

  /** @param deep whether the signatures of all notes are judged, not only those of the newest under every key */
  constructor(
    notes: AsyncIterable<Uint8Array> | undefined,
    chain: string,
    findings: FindingList,
    deep: boolean,
    attestations: NoteAttestations,
  ) {
    this.#attestations = attestations;
    this.#notes = notes?.[Symbol.asyncIterator]();
    this.#chain = chain;
    this.#findings = new FindingList(findings.limit);
    this.#report = findings;
    this.#unjudged = deep ? [] : undefined;
  }

  /** Reads notes until one is larger than `size`; gives the new sizes, rising. */
  async readTo(size: number): Promise<number[]> {
    const sizes: number[] = [];
    while (!this.#ended && this.newest <= size) {
      const next = await this.#notes?.next();
      if (next === undefined || next.done === true) this.#ended = true;
      else this.#take(next.value, sizes);
    }
    return sizes;
  }

  #take(bytes: Uint8Array, sizes: number[]): void {
    const read = readNote(bytes, this.#chain);
    if ('finding' in read) return this.#findings.add(read.finding);
    const { note } = read;
    const { size } = note.checkpoint;
    if (size < this.newest) {
      return this.#findings.add({ code: 'CHECKPOINT_DIFFERS', field: 'size', expected: `${this.newest} or more`, actual: size });
    }
    if (size > this.newest) sizes.push(size);
    this.newest = size;
    this.#waiting.push(note);
  }

  /** Tells whether a note for at least `size` records is still to come. */
  mayCover(size: number): boolean {
    return this.#compared < size && (!this.#ended || this.newest >= size);
  }

  /** Tells whether a note for at least `size` records has been compared. */
  covers(size: number): boolean {
    return this.#compared >= size;
  }

  /** The size of the next note for at least `size` records, of those that have been read. */
  nextFor(size: number): number | undefined {
    return this.#waiting.find(({ checkpoint }) => checkpoint.size >= size)?.checkpoint.size;
  }

  /** Compares the root of the records at a size with the notes of that size. */
  reach(size: number, root: string, last: CoveredRecord): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.checkpoint.size <= size) {
      const note = this.#waiting.shift()!;
      if (note.checkpoint.size === size) this.#compare(note, root, last);
    }
  }

  #compare(note: ReadNote, root: string, last: CoveredRecord): void {
    this.#compared = note.checkpoint.size;
    if (note.root !== root) {
      // From the first difference on all larger roots differ: one finding says it.
      if (!this.#differs)
        this.#findings.add({ code: 'ROOT_DIFFERS', seq: note.checkpoint.size - 1, field: 'root', expected: note.root, actual: root });
      this.#differs = true;
      return;
    }
    this.#unjudged?.push({ note, last });
    if (this.#attestations.sizes.has(note.checkpoint.size)) this.#attested = { note, last };
    for (const { name, keyId } of note.signatures) {
      const key = `${name}+${keyId}`;
      // A hostile source may hold notes under any number of names.
      if (this.#byKey.has(key) || this.#byKey.size < 1024) this.#byKey.set(key, { note, last });
    }
  }

  /** Level `deep`: judges the notes that were compared since the last call. A compromised key is judged at the end. */
  async judgeCompared(run: Run, tally: Tally): Promise<void> {
    for (const { note, last } of this.#unjudged?.splice(0) ?? []) {
      const { findings } = await judgeNote(run, tally, note, last.time, await this.#attestations.of(note.checkpoint.size));
      for (const finding of findings) {
        if (finding.code !== 'SIGNER_COMPROMISED') this.#findings.add({ ...finding, seq: note.checkpoint.size - 1 });
      }
    }
  }

  /** Judges the signatures, when the records have ended. */
  async judge(run: Run, tally: Tally): Promise<NotesOutcome> {
    const candidates = [...this.#byKey.values(), ...(this.#attested === undefined ? [] : [this.#attested])];
    const newest = [...new Map(candidates.map((one) => [one.note, one])).values()];
    newest.sort((a, b) => b.note.checkpoint.size - a.note.checkpoint.size);
    let outcome: Omit<NotesOutcome, 'newest'> = {};
    for (const { note, last } of newest) {
      const judged = await judgeNote(run, tally, note, last.time, await this.#attestations.of(note.checkpoint.size));
      const { size } = note.checkpoint;
      if (judged.trusted)
        outcome =
          outcome.checkpoint === undefined
            ? { checkpoint: coveringCheckpoint(note, judged.kids, last.time, judged.attested), time: judged.time, last }
            : outcome;
      for (const finding of judged.findings) {
        // A larger note of a trusted key covers what a compromised key signed (architecture §3.4).
        const excused = finding.code === 'SIGNER_COMPROMISED' ? outcome.checkpoint !== undefined : this.#unjudged !== undefined;
        if (!excused) this.#findings.add({ ...finding, seq: size - 1 });
      }
    }
    this.#report.addAll(this.#findings);
    return { ...outcome, newest: this.newest };
  }

  /**
   * Reports notes that speak of records that are not there: records are missing if somebody trusted signed for them; a note of nobody's proves
   * nothing about the records.
   *
   * @param time `link.time` of the last record
   */
  async reportBeyond(run: Run, tally: Tally, size: number, time: string): Promise<void> {
    let signed = 0;
    let untrusted: readonly Finding[] = [];
    for (let judged = 0; ;) {
      for (const note of this.#waiting.splice(0)) {
        const seq = note.checkpoint.size - 1;
        // A source may hold any number of notes: a thousand tell enough.
        if (seq < size || judged++ >= 1024) continue;
        const { trusted, findings } = await judgeNote(run, tally, note, time === '' ? undefined : time);
        if (trusted || run.options.resolver === undefined) signed = note.checkpoint.size;
        else untrusted = findings.map((finding) => ({ ...finding, seq }));
      }
      if (this.#ended) break;
      await this.readTo(this.newest);
    }
    if (signed > size) this.#findings.add({ code: 'TAIL_TRUNCATED', seq: size, expected: recordsText(size, signed - 1), actual: 'absent' });
    for (const finding of untrusted) this.#findings.add(finding);
  }
}
