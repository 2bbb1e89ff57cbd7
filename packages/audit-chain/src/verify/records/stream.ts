import { hexEncode } from '@countersign/proof-core/bytes/hex';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { readLink } from '@countersign/proof-core/record/link';
import type { Run, Tally, VerifyOptions } from '../context.ts';
import type { FindingList } from '../finding.ts';
import type { IdStore, RecordSource } from '../ports.ts';
import { deepCheck } from '../record/deep.ts';
import { formCheck } from '../record/form.ts';
import type { Expected } from '../record/place.ts';
import { RecordScan } from '../record/scan.ts';
import type { Head, VerifiedRange } from '../report.ts';
import { type Lines, wholeLines } from './lines.ts';
import { NoteFeed } from './notes.ts';
import { type StreamStart, readStart } from './start.ts';

/** No record is shorter: what bounds the number of lines in a buffer. */
const SHORTEST_LINE = 200;

/** The state of reading one stream of records. */
export class StreamReading {
  /** The chain that the stream is of, by its own first lines. */
  chain: string | undefined;
  notes: NoteFeed | undefined;
  /** Root at the pinned size, hex. */
  pinRoot: string | undefined;
  /** Ended before the stream did, because the requested range ends there. */
  stopped = false;
  readonly #source: RecordSource;
  readonly #asked: string | undefined;
  readonly #options: VerifyOptions;
  readonly #findings: FindingList;
  readonly #tally: Tally;
  readonly #engine: Engine;
  readonly #ids: IdStore | undefined;
  readonly #runOf: (chain: string) => Run;
  #scan: RecordScan | undefined;
  /** Number of the first record that was read. */
  #first = 0;
  /** Number of a record at or after the end of the requested range. */
  #passedAt: number | undefined;

  constructor(
    source: RecordSource,
    asked: string | undefined,
    options: VerifyOptions,
    findings: FindingList,
    tally: Tally,
    engine: Engine,
    ids: IdStore | undefined,
    runOf: (chain: string) => Run,
  ) {
    this.#source = source;
    this.#asked = asked;
    this.#options = options;
    this.#findings = findings;
    this.#tally = tally;
    this.#engine = engine;
    this.#ids = ids;
    this.#runOf = runOf;
  }

  async run(): Promise<void> {
    const { signal, onProgress } = this.#options;
    const allocate = this.#source.allocate?.bind(this.#source);
    for await (const lines of wholeLines(this.#source.chunks(signal), allocate)) {
      const scan = (this.#scan ??= this.#begin(lines));
      if (scan === undefined)
        return this.#findings.add({ code: 'SOURCE_UNREADABLE', field: 'line 1', expected: 'record lines of countersign/record@1' });
      if (lines.open && this.#isTorn(lines, scan)) break;
      await this.#readNotes(scan, lines.end);
      scan.push(lines.bytes, 1, lines.end);
      await this.notes?.judgeCompared(this.#runOf(this.chain!), this.#tally);
      this.#tally.bytes += lines.end - 1;
      this.#tally.records = scan.lines;
      onProgress?.({ records: scan.lines, bytes: this.#tally.bytes });
      signal?.throwIfAborted();
      if (this.#isPast(scan)) {
        this.stopped = true;
        break;
      }
    }
    this.#scan?.finish();
  }

  /** Records from 0 on to the end of what was read. */
  get size(): number {
    return this.#scan === undefined ? 0 : this.#scan.place.seq + 1;
  }

  get verified(): VerifiedRange | undefined {
    const scan = this.#scan;
    if (scan === undefined || scan.firstTime === '') return undefined;
    return { from: this.#first, to: scan.place.seq, count: scan.lines, fromTime: scan.firstTime, toTime: scan.place.time };
  }

  head(engine: Engine): Head {
    const { place, tree } = this.#scan!;
    // After a finding the tree need not have as many leaves as the last record's number says.
    const root = tree !== undefined && tree.size === place.seq + 1 ? { root: hexEncode(tree.root(engine)) } : {};
    return { size: place.seq + 1, ...root, hash: hexEncode(place.hash) };
  }

  #begin(lines: Lines): RecordScan | undefined {
    const start = readStart(lines, this.#asked);
    if (start === undefined) return undefined;
    this.chain = start.chain;
    if (this.#asked !== undefined && start.chain !== this.#asked) {
      this.#findings.add({ code: 'RECORD_CHAIN', seq: start.first, field: 'link.chain', expected: this.#asked, actual: start.chain });
    }
    const { previous, level } = this.#options;
    const expected = this.#expect(start);
    this.#first = start.first;
    this.notes =
      this.#source.notes === undefined ? undefined : new NoteFeed(this.#source.notes(), start.chain, this.#findings, level === 'deep');
    const report = this.#findings.add.bind(this.#findings);
    const deep = this.#ids === undefined ? undefined : deepCheck(report, this.#ids);
    return new RecordScan(
      {
        expected,
        report,
        watch: previous === undefined ? [] : [previous.size],
        onRoot: (size, root, time) => this.#reach(size, root, time),
        ...(expected.first === 0 ? { tree: CompactRange.empty() } : {}),
        ...(level === 'integrity' ? {} : { form: formCheck(report, this.#engine, deep) }),
      },
      this.#engine,
    );
  }

  /** A stream starts at record 0, unless the caller asks for a later part and the stream begins before it. */
  #expect({ chain, first }: StreamStart): Expected {
    const { from } = this.#options;
    if (from !== undefined && first > 0) return { chain, first, final: true };
    return { chain, first: 0, before: new Uint8Array(32), final: true };
  }

  #reach(size: number, root: string, time: string): void {
    if (size === this.#options.previous?.size) this.pinRoot = root;
    this.notes?.reach(size, root, time);
  }

  /** Reads the notes of the sizes that a buffer can reach, before it is judged. */
  async #readNotes(scan: RecordScan, bytes: number): Promise<void> {
    const sizes = (await this.notes?.readTo(scan.lines + Math.ceil(bytes / SHORTEST_LINE))) ?? [];
    for (const size of sizes) scan.watch(size);
  }

  /** A last line without its line feed: a whole record, or a part of one, which is not judged. */
  #isTorn({ bytes, end }: Lines, scan: RecordScan): boolean {
    const seq = scan.place.seq + 1;
    if (readLink(bytes, 1, end) !== undefined) {
      this.#findings.add({ code: 'LINE_OPEN', seq });
      return false;
    }
    this.#findings.add({ code: 'TAIL_TRUNCATED', seq, expected: 'a whole line', actual: 'a part of one' });
    return true;
  }

  /** The requested range has been read, and on to the next checkpoint, so that something signed covers it. */
  #isPast({ place }: RecordScan): boolean {
    const { to } = this.#options;
    if (to === undefined) return false;
    const passed = typeof to === 'number' ? place.seq >= to : place.time >= to;
    if (passed) this.#passedAt ??= typeof to === 'number' ? to : place.seq;
    return passed && this.notes?.mayCover(this.#passedAt! + 1) !== true;
  }
}
