import { equalBytes } from '@countersign/proof-core/bytes/compare';
import type { FindingCode } from '../codes.ts';
import type { FindingList } from '../finding.ts';
import { recordsText } from '../record/place.ts';
import type { SeenRecord } from './lines.ts';

/** Records of one side that the other lacks, told as ranges. */
class MissingRange {
  readonly #code: FindingCode;
  readonly #findings: FindingList;
  #from = -1;
  #to = -1;

  constructor(code: FindingCode, findings: FindingList) {
    this.#code = code;
    this.#findings = findings;
  }

  add(seq: number): void {
    if (seq === this.#to + 1 && this.#from >= 0) {
      this.#to = seq;
      return;
    }
    this.end();
    this.#from = seq;
    this.#to = seq;
  }

  end(): void {
    if (this.#from < 0) return;
    this.#findings.add({ code: this.#code, seq: this.#from, expected: recordsText(this.#from, this.#to), actual: 'absent' });
    this.#from = -1;
  }
}

/**
 * Compares what a database and an archive hold, record by record; memory is that of one of each.
 *
 * @param kept the first record that the database must have: what is before was pruned, by a signed record
 * @param sealed how many records the archive must have
 * @example await compareRecords(risingRecords(source.chunks()), risingRecords(archiveLines(…)), 0, 500, findings)
 */
export async function compareRecords(
  database: AsyncIterable<SeenRecord>,
  archive: AsyncIterable<SeenRecord>,
  kept: number,
  sealed: number,
  findings: FindingList,
): Promise<void> {
  const left = database[Symbol.asyncIterator]();
  const right = archive[Symbol.asyncIterator]();
  const lost = new MissingRange('DATABASE_RECORD_MISSING', findings);
  const unsealed = new MissingRange('ARCHIVE_RECORD_MISSING', findings);
  let [a, b] = [await left.next(), await right.next()];
  while (a.done !== true || b.done !== true) {
    const [x, y] = [a.done === true ? Infinity : a.value.seq, b.done === true ? Infinity : b.value.seq];
    if (x === y && !equalBytes(a.value!.bytes, b.value!.bytes))
      findings.add({ code: 'RECORD_DIVERGES', seq: x, expected: 'the bytes of the archive', actual: 'others' });
    if (x < y && x < sealed) unsealed.add(x);
    if (y < x && y >= kept) lost.add(y);
    if (x <= y) a = await left.next();
    if (y <= x) b = await right.next();
  }
  lost.end();
  unsealed.end();
}
