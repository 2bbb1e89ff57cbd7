import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { type Commitments, eventOf } from '../append/stored-receipt.ts';
import { ChainError } from '../errors.ts';
import { readRecords } from '../read/query.ts';
import { commit } from '../record/private.ts';
import type { StoredPrivateValue } from '../store/retention-store.ts';
import type { ChainStore } from '../store/store.ts';
import { type PrivateLine, parsePrivateLine } from './private-backup.ts';

/** A private value that was erased: its record and its name. */
export interface Redacted {
  readonly seq: number;
  readonly name: string;
}

/** What an import came to, in private values. */
export interface PrivateImport {
  /** Stored; they were missing. */
  readonly restored: number;
  /** There already, as a value or as the mark of an erased one. */
  readonly present: number;
  /** Erased by an event of the chain: left out, and marked. */
  readonly redacted: number;
  /** Of pruned records, whose commitments only the archive has: left out, because they cannot be checked. */
  readonly pruned: number;
}

const BATCH = 500;
const LINE_BYTES = 2 ** 20;

/**
 * Puts private values back from a backup. Each must be the one that its record commits to; what the chain says was erased stays erased, however
 * old the backup is.
 *
 * Values are stored in batches; when a line is refused the batches before it stay, and the same file can be imported again.
 *
 * @param chunks the file, in pieces of any size
 * @param options `redacted`: erasures known from elsewhere, such as the archive of a chain that went on after the restored copy was made
 * @throws ChainError ERR_PRIVATE_FILE, ERR_PRIVATE_COMMITMENT naming the line, ERR_STORE
 * @example await importPrivateValues(store, createReadStream('private.jsonl'));
 */
export async function importPrivateValues(
  store: ChainStore,
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly redacted?: readonly Redacted[] } = {},
  engine: Engine = defaultEngine,
): Promise<PrivateImport> {
  const erased = await erasedValues(store, options.redacted ?? [], engine);
  const counts = { restored: 0, present: 0, redacted: 0, pruned: 0 };
  const retention = store.retention();
  for await (const lines of batches(chunks, store.chain)) {
    const values: StoredPrivateValue[] = [];
    const marks: StoredPrivateValue[] = [];
    const records = await recordsOf(store, lines);
    for (const { number, line } of lines) {
      const { seq, commitments } = records.get(line.id) ?? {};
      if (seq !== undefined && erased.has(key({ seq, name: line.name }))) marks.push({ ...line, value: undefined, salt: undefined });
      else if (seq !== undefined && commitments === undefined) counts.pruned++;
      else values.push({ ...line, value: utf8Decode(checked(store.chain, line, commitments, number, engine)) });
    }
    await retention.restorePrivateValues(marks);
    const restored = await retention.restorePrivateValues(values);
    counts.restored += restored;
    counts.present += values.length - restored;
    counts.redacted += marks.length;
  }
  return counts;
}

const key = ({ seq, name }: Redacted): string => `${seq} ${name}`;

/** What the records of the chain, and the caller, say was erased. */
async function erasedValues(store: ChainStore, known: readonly Redacted[], engine: Engine): Promise<Set<string>> {
  const erased = new Set(known.map(key));
  for await (const { event } of readRecords(store, { type: 'record.redacted', unsettled: true }, engine)) {
    erased.add(key(event.payload as unknown as Redacted));
  }
  return erased;
}

interface Place {
  readonly seq: number;
  /** Undefined when the record is not stored. */
  readonly commitments: Commitments | undefined;
}

async function recordsOf(store: ChainStore, lines: readonly NumberedLine[]): Promise<Map<string, Place>> {
  const taken = await store.takenIds([...new Set(lines.map(({ line }) => line.id))]);
  const records = await store.recordsAt(taken.flatMap(({ seq }) => seq ?? []));
  const places = new Map<string, Place>();
  for (const { id, seq } of taken) {
    if (seq === undefined) continue;
    const record = records.get(seq);
    places.set(id, { seq, commitments: record === undefined ? undefined : (eventOf(record).private ?? {}) });
  }
  return places;
}

/** The canonical bytes of a value that its record commits to. */
function checked(
  chain: string,
  { id, name, value, salt }: PrivateLine,
  commitments: Commitments | undefined,
  line: number,
  engine: Engine,
) {
  const commitment = commitments !== undefined && Object.hasOwn(commitments, name) ? commitments[name]!.digest : undefined;
  if (commitment !== undefined && commit({ chain, id, name, value }, salt, engine) === commitment) return engine.canonicalize(value);
  const expected = commitment === undefined ? 'a value that a record of the chain commits to' : commitment;
  throw new ChainError('ERR_PRIVATE_COMMITMENT', `line ${line}: the value is not one that its record commits to`, {
    field: `line ${line}`,
    expected,
  });
}

interface NumberedLine {
  readonly number: number;
  readonly line: PrivateLine;
}

/** Lines in batches, however the file is cut; a last line needs no LF. */
async function* batches(chunks: AsyncIterable<Uint8Array>, chain: string): AsyncGenerator<readonly NumberedLine[]> {
  let batch: NumberedLine[] = [];
  let number = 0;
  const read = (bytes: Uint8Array): void => void batch.push({ number: ++number, line: parsePrivateLine(bytes, chain, number) });
  let open = new Uint8Array(0);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      read(concatBytes(open, chunk.subarray(start, end)));
      open = new Uint8Array(0);
      start = end + 1;
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    open = concatBytes(open, chunk.subarray(start));
    if (open.length > LINE_BYTES)
      throw new ChainError('ERR_PRIVATE_FILE', `line ${number + 1}: longer than a line can be`, { field: `line ${number + 1}` });
  }
  if (open.length > 0) read(open);
  if (batch.length > 0) yield batch;
}
