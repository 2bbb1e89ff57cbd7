import { hexDecode, hexEncode } from '@countersign/proof-core/bytes/hex';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { readLink } from '@countersign/proof-core/record/link';
import type { PrunedStart } from '../../retention/pruned-start.ts';
import type { Run, Tally, VerifyOptions } from '../context.ts';
import type { FindingList } from '../finding.ts';
import { type IdStore, type RecordSource, SourceError } from '../ports.ts';
import { deepCheck } from '../record/deep.ts';
import { formCheck } from '../record/form.ts';
import { BesideCheck } from '../database/beside.ts';
import type { Expected } from '../record/place.ts';
import { RecordScan } from '../record/scan.ts';
import { OwnRecords } from '../reserved/own-records.ts';
import type { Head, VerifiedRange } from '../report.ts';
import type { Scanned } from '../scan/pool.ts';
import { ahead } from './ahead.ts';
import { RangeEnd } from './end.ts';
import { chunkReader } from './line-reader.ts';
import { type Lines, wholeLines } from './lines.ts';
import { type NoteAttestations, readNoteAttestations } from './attestations.ts';
import { type CoveredRecord, NoteFeed } from './notes.ts';
import { type LinesInPool, sharedLines } from './shared-lines.ts';
import { type StreamStart, readStart } from './start.ts';

/** No record is shorter: what bounds the number of lines in a buffer. */
const SHORTEST_LINE = 200;

/** Lines that are under way: on another thread, or about to be judged by this one. */
interface Underway {
  readonly lines: Lines & Partial<LinesInPool>;
  scanned: Promise<Scanned | undefined>;
}

/** What the readings of one stream share. */
export interface StreamParts {
  readonly source: RecordSource;
  /** The chain that is wanted. */
  readonly asked: string | undefined;
  readonly options: VerifyOptions;
  readonly findings: FindingList;
  readonly tally: Tally;
  readonly engine: Engine;
  readonly ids: IdStore | undefined;
  readonly runOf: (chain: string) => Run;
}

/** The state of reading one stream of records. */
export class StreamReading {
  /** The chain that the stream is of, by its own first lines. */
  chain: string | undefined;
  notes: NoteFeed | undefined;
  /** Root at the pinned size, hex. */
  pinRoot: string | undefined;
  /** Ended before the stream did, because the requested range ends there. */
  stopped = false;
  /** Where the records begin, when those before were pruned by the database's word. */
  start: PrunedStart | undefined;
  /** Level `deep`: compares what a database keeps beside its records. */
  beside: BesideCheck | undefined;
  /** `link.time` of the first record behind the newest note. */
  tailTime: string | undefined;
  readonly own: OwnRecords;
  readonly #parts: StreamParts;
  #scan: RecordScan | undefined;
  #attestations: NoteAttestations | undefined;
  /** Number of the first record that was read. */
  #first = 0;
  readonly #end: RangeEnd | undefined;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    const { to, limit } = parts.options;
    this.#end = to === undefined && limit === undefined ? undefined : new RangeEnd(parts.options);
    this.own = new OwnRecords(parts.options.level === 'integrity' ? undefined : parts.findings.add.bind(parts.findings));
  }

  async run(): Promise<void> {
    const { source, options, findings } = this.#parts;
    const pool = this.#pool;
    this.#attestations = await readNoteAttestations(source, options);
    const under: Underway[] = [];
    const settleAll = async (): Promise<void> => {
      while (under.length > 0 && !this.stopped) await this.#settle(under);
    };
    try {
      for await (const lines of await this.#read(pool)) {
        const one: Underway = { lines, scanned: Promise.resolve(undefined) };
        under.push(one);
        const scan = (this.#scan ??= await this.#begin(lines));
        if (scan === undefined)
          return findings.add({ code: 'SOURCE_UNREADABLE', field: 'line 1', expected: 'record lines of countersign/record@1' });
        // A part of a line is no record, and what it is a part of tells the place that it has.
        if (lines.open) {
          under.pop();
          await settleAll();
          if (this.stopped) break;
          under.push(one);
          if (this.#isTorn(lines, scan)) break;
        }
        await this.#readNotes(scan, under.reduce((sum, { lines: { end } }) => sum + end, 0)); // prettier-ignore
        one.scanned = this.#scanAhead(scan, lines);
        // One buffer is being filled, the others are under way.
        if (under.length >= (pool?.depth ?? 2) - 1) await this.#settle(under);
        if (this.stopped) break;
      }
      await settleAll();
    } catch (error) {
      // What came before it is judged first.
      if (error instanceof SourceError) await settleAll();
      throw error;
    } finally {
      for (const { lines, scanned } of under) if (lines.shared !== undefined) void scanned.then(() => pool!.release(lines.shared!));
    }
    this.#scan?.finish();
  }

  async #read(pool: VerifyOptions['pool']): Promise<AsyncIterable<Lines & Partial<LinesInPool>>> {
    const { source, options } = this.#parts;
    if (pool === undefined) return wholeLines(source.chunks(options.signal), source.allocate?.bind(source));
    const reader = await source.reader?.();
    if (reader === undefined) return sharedLines(chunkReader(source.chunks(options.signal), pool), pool);
    // Of a file alone: whoever stops early must not wait for somebody at the other end of a pipe.
    return ahead(sharedLines(reader, pool), ({ shared }) => pool.release(shared));
  }

  /** Has lines looked at by another thread, if there is one. */
  #scanAhead(scan: RecordScan, { shared, end }: Lines & Partial<LinesInPool>): Underway['scanned'] {
    const { options, engine } = this.#parts;
    if (shared === undefined || this.#pool === undefined) return Promise.resolve(undefined);
    const job = { chain: this.chain!, level: options.level ?? 'default', engine: engine.name, start: 1, end, watch: scan.watched };
    return this.#pool.scan(shared, job);
  }

  /** Judges the lines that are next. */
  async #settle(under: Underway[]): Promise<void> {
    const { options, tally, runOf } = this.#parts;
    const { lines, scanned } = under[0]!;
    const scan = this.#scan!;
    const found = await scanned;
    if (this.#end !== undefined && this.#end.cutAt(lines, 1, scan.place, this.notes) < lines.end) this.#pushTo(scan, lines, this.#end);
    else if (lines.shared === undefined) scan.push(lines.bytes, 1, lines.end);
    else scan.pushScanned(lines.bytes, 1, lines.end, found?.stretch, lines.shared.leaves);
    under.shift();
    if (lines.shared !== undefined) this.#pool!.release(lines.shared);
    await this.notes?.judgeCompared(runOf(this.chain!), tally);
    tally.bytes += lines.end - 1;
    tally.records = scan.lines;
    options.onProgress?.({ records: scan.lines, bytes: tally.bytes });
    options.signal?.throwIfAborted();
    this.stopped = this.#end?.isPast(scan.place, this.notes) === true;
  }

  /** Judges lines as far as the requested range needs them. */
  #pushTo(scan: RecordScan, lines: Lines, end: RangeEnd): void {
    for (let at = 1; at < lines.end;) {
      const cut = end.cutAt(lines, at, scan.place, this.notes);
      scan.push(lines.bytes, at, cut);
      at = cut;
      if (end.isPast(scan.place, this.notes)) return;
    }
  }

  /** Other threads, but not where every record is compared with rows that this one reads. */
  get #pool(): VerifyOptions['pool'] {
    const { source, options, ids } = this.#parts;
    return ids !== undefined && source.beside !== undefined ? undefined : options.pool;
  }

  /** Records from 0 on to the end of what was read. */
  get size(): number {
    return this.#scan === undefined ? 0 : this.#scan.place.seq + 1;
  }

  /** Number of the first record that was read. */
  get first(): number {
    return this.#first;
  }

  get lastTime(): string {
    return this.#scan?.place.time ?? '';
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

  async #begin(lines: Lines): Promise<RecordScan | undefined> {
    const { source, asked, options, findings, engine, ids } = this.#parts;
    const start = readStart(lines, asked);
    if (start === undefined) return undefined;
    this.chain = start.chain;
    if (asked !== undefined && start.chain !== asked) {
      findings.add({ code: 'RECORD_CHAIN', seq: start.first, field: 'link.chain', expected: asked, actual: start.chain });
    }
    const { level } = options;
    // A database that lacks its beginning may have pruned it; from where on the rest must be there, its tiles say.
    const pruned = start.first > 0 && options.from === undefined ? await source.prunedStart?.() : undefined;
    this.start = pruned !== undefined && pruned.first <= start.first ? pruned : undefined;
    // A checkpoint from before is not lost with the records: the tiles that lead to the signed root lead to its root too.
    const { previous } = options;
    if (this.start !== undefined && previous !== undefined && previous.size < this.start.first)
      this.pinRoot = await source.prunedRoot?.(previous.size, this.start);
    const expected = this.#expect(start);
    this.#first = start.first;
    if (source.notes !== undefined) this.notes = new NoteFeed(source.notes(), start.chain, findings, level === 'deep', this.#attestations!);
    const report = findings.add.bind(findings);
    if (ids !== undefined && source.beside !== undefined) this.beside = new BesideCheck(await source.beside(), start.chain, report, engine);
    const deep = ids === undefined ? undefined : deepCheck(report, ids, this.beside?.check.bind(this.beside));
    const tree = this.start?.frontier.clone() ?? (expected.first === 0 ? CompactRange.empty() : undefined);
    return new RecordScan(
      {
        expected,
        report,
        own: this.own.take.bind(this.own),
        watch: wanted(options),
        ...(ids === undefined ? {} : { ids }),
        onRoot: (size, root, time, hash) => this.#reach(size, root, { time, hash: hash.slice() }),
        ...(tree === undefined ? {} : { tree }),
        ...(level === 'integrity' ? {} : { form: formCheck(report, engine, deep) }),
      },
      engine,
    );
  }

  /** A stream starts at record 0, unless the caller asks for a later part and the stream begins before it, or its beginning was pruned. */
  #expect({ chain, first }: StreamStart): Expected {
    const { from } = this.#parts.options;
    if (this.start !== undefined) return { chain, first: this.start.first, before: hexDecode(this.start.prev, 32), final: true };
    if (from !== undefined && first > 0) return { chain, first, final: true };
    return { chain, first: 0, before: new Uint8Array(32), final: true };
  }

  #reach(size: number, root: string, last: CoveredRecord): void {
    const { previous, observer } = this.#parts.options;
    if (size === previous?.size) this.pinRoot = root;
    if (observer?.sizes.includes(size) === true) observer.root(size, root, last.time);
    if (size - 1 === this.notes?.newest) this.tailTime = last.time;
    this.notes?.reach(size, root, last);
  }

  /** Reads the notes of the sizes that a buffer can reach, before it is judged. */
  async #readNotes(scan: RecordScan, bytes: number): Promise<void> {
    const { notes } = this;
    const next = scan.place.seq + 1;
    await this.beside?.readTo(next, next + Math.ceil(bytes / SHORTEST_LINE));
    if (notes === undefined) return;
    const sizes = await notes.readTo(Math.max(scan.lines, next) + Math.ceil(bytes / SHORTEST_LINE));
    for (const size of sizes) scan.watch(size);
    // The record behind the newest note tells since when the tail waits.
    if (sizes.length > 0) scan.watch(notes.newest + 1);
  }

  /** A last line without its line feed: a whole record, or a part of one, which is not judged. */
  #isTorn({ bytes, end }: Lines, scan: RecordScan): boolean {
    const { findings } = this.#parts;
    const seq = scan.place.seq + 1;
    if (readLink(bytes, 1, end) !== undefined) {
      findings.add({ code: 'LINE_OPEN', seq });
      return false;
    }
    findings.add({ code: 'TAIL_TRUNCATED', seq, expected: 'a whole line', actual: 'a part of one' });
    return true;
  }
}

/** Sizes whose roots somebody wants, rising, each once. */
function wanted({ previous, observer }: VerifyOptions): number[] {
  const sizes = new Set([...(observer?.sizes ?? []), ...(previous === undefined ? [] : [previous.size])]);
  return [...sizes].sort((a, b) => a - b);
}
