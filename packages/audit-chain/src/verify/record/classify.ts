import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { HashMemory } from './hash-memory.ts';
import { type Line, hashWithLink } from './line.ts';
import { MissingNumbers } from './missing.ts';
import { type Expected, type Place, type Report, recordsText } from './place.ts';

/**
 * Names what is wrong with a stream of records once the fast path has met a line that does not follow from the one before.
 *
 * Every line is judged against the last record in its place (`place`) and, where one line alone cannot tell, against the line behind it: a
 * broken link between k and k + 1 alone means that k was altered; broken links on both sides of k mean that the link of k was. It always
 * finds its feet again: a record that its successor continues is taken as in place.
 *
 * @see docs/spec/report.md §4 for the rules as a table
 */
export class Classifier {
  readonly #expected: Expected;
  readonly #place: Place;
  readonly #memory: HashMemory;
  readonly #report: Report;
  readonly #engine: Engine;
  readonly #missing: MissingNumbers;
  /** Numbers of records that came before their time; bounded. */
  readonly #early = new Set<number>();
  #held: Line | undefined;

  constructor(expected: Expected, place: Place, memory: HashMemory, report: Report, engine: Engine) {
    this.#expected = expected;
    this.#place = place;
    this.#memory = memory;
    this.#report = report;
    this.#engine = engine;
    this.#missing = new MissingNumbers((gap) => this.#deleted(gap.from, gap.to));
  }

  /** True while a line waits for the one behind it: the fast path must not go on. */
  get waiting(): boolean {
    return this.#held !== undefined;
  }

  take(line: Line): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#judge(held, line);
    if (!this.#settle(line)) this.#held = line;
  }

  /** Judges what waits, because nothing more comes for now. */
  settle(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#judge(held, undefined);
  }

  /** Ends the stream: judges what waits and reports what never came. */
  finish(): void {
    this.settle();
    const { last, lastHash, final, first } = this.#expected;
    for (const gap of this.#missing.drain()) this.#deleted(gap.from, gap.to);
    const { seq, known, flagged, hash } = this.#place;
    if (last !== undefined && seq < last) {
      const from = seq + 1;
      this.#report({ code: final ? 'TAIL_TRUNCATED' : 'RECORD_DELETED', seq: from, expected: recordsText(from, last), actual: 'absent' });
    } else if (seq === last && seq >= first && known && !flagged && lastHash !== undefined && !equalBytes(hash, lastHash)) {
      this.#modified(seq, 'hash', hexEncode(lastHash), hexEncode(hash));
      this.#place.flagged = true;
    }
  }

  /** Judges a line that needs no other; false when it must wait. */
  #settle(line: Line): boolean {
    const { link, prev } = line;
    const place = this.#place;
    if (link === undefined || prev === undefined) return false;
    const linked = place.known && equalBytes(prev, place.hash);
    if (this.#expected.last !== undefined && place.seq >= this.#expected.last) return this.#beyond(line);
    if (link.chain !== this.#expected.chain) {
      if (!linked) return false;
      this.#otherChain(line);
      this.#accept(line, place.seq + 1, true);
      return true;
    }
    if (link.seq === place.seq + 1) {
      if (place.known && !place.flagged && !linked) return false;
      this.#accept(line, link.seq, false);
      return true;
    }
    if (linked) {
      this.#modified(place.seq + 1, 'link.seq', place.seq + 1, link.seq);
      this.#accept(line, place.seq + 1, true);
      return true;
    }
    return link.seq <= place.seq && this.#cameBefore(line, link.seq);
  }

  /** A record with a number that has passed: a duplicate, or one that was missing. */
  #cameBefore(line: Line, seq: number): boolean {
    const known = this.#memory.get(seq);
    if (known !== undefined && equalBytes(known, line.hash)) {
      this.#report({ code: 'RECORD_DUPLICATED', seq, expected: `record ${this.#place.seq + 1}`, actual: `record ${seq} again` });
      return true;
    }
    if (!this.#missing.take(seq)) return false;
    this.#report({ code: 'RECORD_REORDERED', seq, expected: `record ${this.#place.seq + 1}`, actual: `record ${seq}` });
    this.#memory.put(seq, line.hash, 0);
    return true;
  }

  /** A line behind the last record that there is. */
  #beyond(line: Line): boolean {
    const seq = line.link!.seq;
    if (seq <= this.#place.seq && this.#cameBefore(line, seq)) return true;
    // At the last number itself a rival may be the real one; the signed hash of the last record decides.
    const { last, lastHash } = this.#expected;
    if (seq === last && lastHash !== undefined && equalBytes(line.hash, lastHash)) {
      this.#inserted(seq);
      this.#accept(line, seq, false);
      return true;
    }
    this.#inserted(seq);
    return true;
  }

  /** Judges a line that had to wait, with the line behind it. */
  #judge(line: Line, next: Line | undefined): void {
    if (line.link === undefined) return this.#judgeUnread(line, next);
    if (line.link.chain !== this.#expected.chain) return this.#judgeOtherChain(line, next);
    const seq = line.link.seq;
    const { last } = this.#expected;
    const nextSeq =
      next?.link?.chain === this.#expected.chain ? next.link.seq : next === undefined && last !== undefined ? last + 1 : undefined;
    const place = this.#place.seq + 1;
    if (seq === place) return this.#judgeLink(line, next, nextSeq);
    if (seq === this.#place.seq) return this.#judgeRival(line, next, nextSeq);
    if (seq < place) {
      if (nextSeq === place + 1) return this.#misnumbered(line);
      return this.#inserted(seq);
    }
    if (nextSeq === place && (next === undefined || !this.#place.known || equalBytes(next.prev!, this.#place.hash)))
      return this.#cameEarly(seq);
    const continued = next?.prev !== undefined && equalBytes(next.prev, line.hash);
    if (!continued && nextSeq === place + 1) return this.#misnumbered(line);
    if (last !== undefined && seq > last) return this.#inserted(seq);
    if (!continued && nextSeq !== undefined && nextSeq > place && nextSeq < seq) return this.#cameEarly(seq);
    this.#skip(place, seq - 1);
    this.#accept(line, seq, false);
  }

  /** The number is right, the link is not: which of the two records was altered? */
  #judgeLink(line: Line, next: Line | undefined, nextSeq: number | undefined): void {
    const seq = line.link!.seq;
    const place = this.#place;
    if (next !== undefined && nextSeq === seq && equalBytes(next.prev!, place.hash)) return this.#inserted(seq);
    const named =
      next === undefined
        ? this.#expected.last === seq
          ? this.#expected.lastHash
          : undefined
        : nextSeq === seq + 1
          ? next.prev
          : undefined;
    if (named === undefined || equalBytes(named, line.hash)) {
      this.#predecessor(line);
      return this.#accept(line, seq, false);
    }
    if (equalBytes(hashWithLink(line, { prev: hexEncode(place.hash) }, this.#engine), named)) {
      this.#modified(seq, 'link.prev', hexEncode(place.hash), line.link!.prev);
    } else {
      this.#predecessor(line);
      this.#modified(seq, 'hash', hexEncode(named), hexEncode(line.hash));
    }
    this.#accept(line, seq, true);
  }

  /** The record in place is not the one that `line` names as before it. */
  #predecessor(line: Line): void {
    const { seq, hash } = this.#place;
    if (seq < this.#expected.first) this.#modified(seq + 1, 'link.prev', hexEncode(hash), line.link!.prev);
    else this.#modified(seq, 'hash', line.link!.prev, hexEncode(hash));
  }

  /** Two different records of one number: the one that the next record names is the real one. */
  #judgeRival(line: Line, next: Line | undefined, nextSeq: number | undefined): void {
    const seq = this.#place.seq;
    if (nextSeq === seq + 2) return this.#misnumbered(line);
    this.#inserted(seq);
    const named =
      next === undefined
        ? this.#expected.last === seq
          ? this.#expected.lastHash
          : undefined
        : nextSeq === seq + 1
          ? next.prev
          : undefined;
    if (named !== undefined && equalBytes(named, line.hash)) this.#accept(line, seq, false);
  }

  /** A line whose end is no link. */
  #judgeUnread(line: Line, next: Line | undefined): void {
    const seq = this.#place.seq + 1;
    const inPlace = next?.link === undefined ? this.#expected.last === undefined || seq <= this.#expected.last : next.link.seq > seq;
    if (!inPlace)
      return this.#report({ code: 'RECORD_INSERTED', seq, field: 'link', expected: `record ${seq}`, actual: 'a line that is no record' });
    const continued = next?.prev !== undefined && equalBytes(next.prev, line.hash);
    if (continued)
      this.#report({
        code: 'RECORD_FORM',
        seq,
        field: 'link',
        expected: 'a link of countersign/record@1',
        actual: 'another end of the line',
      });
    else this.#modified(seq, 'link', 'a link of countersign/record@1', 'another end of the line');
    this.#accept(line, seq, !continued);
  }

  #judgeOtherChain(line: Line, next: Line | undefined): void {
    this.#otherChain(line);
    if (next?.link !== undefined && next.link.seq === this.#place.seq + 2) this.#accept(line, this.#place.seq + 1, true);
  }

  #otherChain(line: Line): void {
    this.#report({
      code: 'RECORD_CHAIN',
      seq: this.#place.seq + 1,
      field: 'link.chain',
      expected: this.#expected.chain,
      actual: line.link!.chain,
    });
  }

  /** In its place by its neighbours, but with another number. */
  #misnumbered(line: Line): void {
    const seq = this.#place.seq + 1;
    this.#modified(seq, 'link.seq', seq, line.link!.seq);
    this.#accept(line, seq, true);
  }

  #cameEarly(seq: number): void {
    const { last } = this.#expected;
    if ((last !== undefined && seq > last) || this.#early.size >= 4096) return this.#inserted(seq);
    this.#early.add(seq);
    this.#report({ code: 'RECORD_REORDERED', seq, expected: `record ${this.#place.seq + 1}`, actual: `record ${seq}` });
  }

  #inserted(seq: number): void {
    this.#report({ code: 'RECORD_INSERTED', seq, expected: `record ${this.#place.seq + 1}`, actual: `record ${seq}` });
  }

  #modified(seq: number, field: string, expected: string | number, actual: string | number): void {
    this.#report({ code: 'RECORD_MODIFIED', seq, field, expected, actual });
  }

  #deleted(from: number, to: number): void {
    this.#report({ code: from === 0 ? 'HEAD_TRUNCATED' : 'RECORD_DELETED', seq: from, expected: recordsText(from, to), actual: 'absent' });
  }

  /** Notes that [from, to] have not come, but for those that came early. */
  #skip(from: number, to: number): void {
    for (const seq of [...this.#early].filter((seq) => seq >= from && seq <= to).sort((a, b) => a - b)) {
      this.#early.delete(seq);
      this.#missing.add(from, seq - 1);
      from = seq + 1;
    }
    this.#missing.add(from, to);
  }

  /** Takes a line as being in its place. */
  #accept(line: Line, seq: number, flagged: boolean): void {
    const place = this.#place;
    const time = line.link?.time;
    if (time !== undefined && time < place.time && !flagged) {
      this.#report({ code: 'TIME_BACKWARDS', seq, field: 'link.time', expected: `${place.time} or later`, actual: time });
    }
    this.#memory.put(seq, line.hash, 0);
    place.seq = seq;
    place.hash.set(line.hash);
    place.known = true;
    place.flagged = flagged;
    if (time !== undefined && time > place.time) place.time = time;
  }
}
