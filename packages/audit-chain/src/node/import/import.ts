import { type Hash, createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import { sha256Hex } from '@countersign/proof-core/node/hash';
import { isJsonObject } from '@countersign/proof-core/json/value';
import type { Chain } from '../../append/chain.ts';
import { ChainError } from '../../errors.ts';
import { type EventInput, type PreparedEvent, prepareEvent } from '../../record/event.ts';
import { uuidV8OfHex } from '../../record/uuid.ts';
import { type Line, digestFile, readLines } from './lines.ts';

/** A line that cannot be imported, and why; never its content. */
export interface InvalidLine {
  readonly line: number;
  readonly code: string;
  readonly reason: string;
}

/** What a file holds. */
export interface ImportCheck {
  readonly valid: number;
  /** The first 100. */
  readonly invalid: readonly InvalidLine[];
  /** The numbers of all of them. */
  readonly skip: ReadonlySet<number>;
  /** SHA-256 of the uncompressed file. */
  readonly digest: Uint8Array;
  /** The valid events in the order of the file, of a file that is small enough to keep them and without private values. */
  readonly events: readonly PreparedEvent[] | undefined;
}

/** What an import did. */
export interface ImportResult {
  /** Events settled: appended now, or found there from an earlier run. */
  readonly settled: number;
  /** Records that are new. */
  readonly appended: number;
  /** seq of the newest record of the file. */
  readonly lastSeq: number | undefined;
}

const IMPORT = 'countersign/import@1\0';
const MAX_LISTED = 100;
const MAX_INVALID = 100_000;
// Enough to fill a batch; so many of them while others are stored and signed, few enough to bound memory.
const MAX_TOGETHER = 1000;
const MAX_IN_FLIGHT = 4;
// Half of what a chain has in flight at most by default (ChainLimits.bytes): a line takes no more as an event than twice its length here.
const MAX_BYTES_IN_FLIGHT = 32 * 2 ** 20;
const MAX_BYTES_TOGETHER = MAX_BYTES_IN_FLIGHT / 4;
// About a millisecond. What the kernel did not take of a batch at once is written when the event loop turns, and the database waits for it.
const LINES_A_TURN = 32;
const KEEP_BYTES = 32 * 2 ** 20;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Reads one line of a file as an event; whether it is one, `prepareEvent` says.
 *
 * @throws ChainError ERR_EVENT_SIZE, ERR_EVENT_MEMBER; ProofError ERR_JSON_…, ERR_UTF8
 * @internal
 */
export function parseLine({ bytes }: Line): Mutable<EventInput> {
  if (bytes === undefined) throw new ChainError('ERR_EVENT_SIZE', 'the line is longer than 1 MiB', { field: 'line' });
  const value = parseJson(bytes, 'line');
  if (!isJsonObject(value)) throw new ChainError('ERR_EVENT_MEMBER', 'line: expected an object', { field: 'line', expected: 'an object' });
  return value as unknown as Mutable<EventInput>;
}

/**
 * Reads a file to its end and checks every line, importing nothing.
 *
 * @param path JSONL or gzip of it; a line is `{occurred_at?, actor, type, subject?, trace?, payload, private?, id?}`
 * @param options `keepBytes` of a stored file up to this size, and of up to twice as many bytes of events, the events are kept for `importFile`;
 *   default 32 MiB
 * @throws ChainError ERR_IMPORT_SOURCE; ERR_IMPORT_LINE when more than 100,000 lines are invalid
 * @example const { invalid } = await checkImport('events.jsonl.gz', 'example.com/log');
 */
export async function checkImport(path: string, chain: string, options: { readonly keepBytes?: number } = {}): Promise<ImportCheck> {
  const { keepBytes = KEEP_BYTES } = options;
  const hash = createHash('sha256');
  const invalid: InvalidLine[] = [];
  const skip = new Set<number>();
  let valid = 0;
  // The ids of lines are made of the digest: a file whose events are to be kept is read once more, before.
  const digestBefore = (await sizeOfFile(path)) <= keepBytes ? await digestFile(path) : undefined;
  const idOf = digestBefore && lineIds(digestBefore);
  let events: PreparedEvent[] | undefined = idOf && [];
  let bytes = 0;
  for await (const line of readLines(path, (chunk) => hash.update(chunk))) {
    try {
      const input = parseLine(line);
      if (idOf !== undefined && input.id === undefined) input.id = idOf(line.number);
      const event = prepareEvent(input, { chain, now: 0 });
      valid++;
      bytes += event.bytes.length;
      // Private values are committed to for one chain, and whoever checks need not know which.
      if (event.privateValues.length > 0 || bytes > 2 * keepBytes) events = undefined;
      events?.push(event);
    } catch (error) {
      if (!(error instanceof ChainError || error instanceof ProofError)) throw error;
      skip.add(line.number);
      if (skip.size > MAX_INVALID)
        throw new ChainError('ERR_IMPORT_LINE', `more than ${MAX_INVALID} lines cannot be imported`, { field: 'file' });
      if (invalid.length < MAX_LISTED) invalid.push({ line: line.number, code: error.code, reason: error.message });
    }
  }
  const digest = new Uint8Array(hash.digest());
  if (digestBefore !== undefined && !equalBytes(digest, digestBefore)) throw changed(path);
  return { valid, invalid, skip, digest, events };
}

async function sizeOfFile(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    // Whoever reads it says why it cannot be read.
    return Infinity;
  }
}

/**
 * The id of a line that has none: a UUID version 8 from the digest of the file and the number of the line, so that an import that was
 * interrupted can be run again and doubles nothing.
 */
export function lineId(digest: Uint8Array, line: number): string {
  return lineIds(digest)(line);
}

/** Makes the ids of the lines of one file, in memory of its own. */
function lineIds(digest: Uint8Array): (line: number) => string {
  const named = Buffer.alloc(IMPORT.length + digest.length + 1 + 16);
  named.write(IMPORT, 'latin1');
  named.set(digest, IMPORT.length);
  const start = IMPORT.length + digest.length + 1;
  return (line) => uuidV8OfHex(sha256Hex(named.subarray(0, start + named.write(String(line), start, 'latin1'))));
}

/** Events that are appended together: in one turn, so that they share a batch. One by one, each batch would hold what the last one left time to read. */
interface Together {
  readonly events: readonly PreparedEvent[];
  readonly bytes: number;
}

function* together(events: readonly PreparedEvent[]): Generator<Together> {
  for (let at = 0; at < events.length;) {
    const start = at;
    let bytes = 0;
    for (; at < events.length && at - start < MAX_TOGETHER && bytes < MAX_BYTES_TOGETHER; at++) bytes += events[at]!.bytes.length;
    yield { events: events.slice(start, at), bytes };
  }
}

/** Reads the lines again that were checked. */
async function* readAgain(path: string, chain: string, check: ImportCheck, hash: Hash): AsyncGenerator<Together> {
  const idOf = lineIds(check.digest);
  let lines = 0;
  let events: PreparedEvent[] = [];
  let bytes = 0;
  for await (const line of readLines(path, (chunk) => hash.update(chunk))) {
    if (check.skip.has(line.number)) continue;
    if (++lines > check.valid) throw changed(path);
    if (lines % LINES_A_TURN === 0) await turn();
    const input = parseLine(line);
    input.id ??= idOf(line.number);
    events.push(prepareEvent(input, { chain, now: 0 }));
    bytes += line.bytes!.length;
    if (events.length < MAX_TOGETHER && bytes < MAX_BYTES_TOGETHER) continue;
    yield { events, bytes };
    events = [];
    bytes = 0;
  }
  yield { events, bytes };
}

/**
 * Appends the valid lines of a file that `checkImport` has read. What that has kept is appended as it was then, whatever became of the file.
 *
 * @param onSettled called in the order of the file with each event's place, when it is durable and covered by a signed checkpoint
 * @throws ChainError what `append` throws; ERR_IMPORT_SOURCE, also when the file is no longer the one that was checked. What was settled
 *   before stays
 * @example await importFile(chain, 'events.jsonl.gz', check, ({ seq }) => progress(seq));
 */
export async function importFile(
  chain: Chain,
  path: string,
  check: ImportCheck,
  onSettled: (receipt: { readonly seq: number; readonly id: string }) => void = () => {},
): Promise<ImportResult> {
  const before = chain.size;
  let settled = 0;
  let appended = 0;
  let lastSeq: number | undefined;
  const inFlight: { readonly bytes: number; readonly receipts: Promise<readonly { seq: number; id: string }[]> }[] = [];
  let bytesInFlight = 0;
  const isFull = (): boolean => inFlight.length >= MAX_IN_FLIGHT || bytesInFlight > MAX_BYTES_IN_FLIGHT - MAX_BYTES_TOGETHER;
  /** Waits for the oldest events alone: the others are stored and signed meanwhile. */
  const settleOldest = async (): Promise<void> => {
    const oldest = inFlight.shift()!;
    for (const receipt of await oldest.receipts) {
      settled++;
      if (receipt.seq >= before) appended++;
      lastSeq = Math.max(lastSeq ?? 0, receipt.seq);
      onSettled(receipt);
    }
    bytesInFlight -= oldest.bytes;
  };
  const hash = createHash('sha256');
  for await (const { events, bytes } of check.events === undefined ? readAgain(path, chain.id, check, hash) : together(check.events)) {
    const receipts = chain.appendPrepared(events);
    // One may be refused while the file is still being read, before anybody looks: that must not end the process.
    receipts.catch(() => {});
    inFlight.push({ bytes, receipts });
    bytesInFlight += bytes;
    while (isFull()) await settleOldest();
    await turn();
  }
  while (inFlight.length > 0) await settleOldest();
  if (check.events === undefined && !equalBytes(hash.digest(), check.digest)) throw changed(path);
  return { settled, appended, lastSeq };
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function changed(path: string): ChainError {
  return new ChainError('ERR_IMPORT_SOURCE', `${path}: has changed since it was checked; what was imported before stays`, {
    field: 'file',
  });
}
