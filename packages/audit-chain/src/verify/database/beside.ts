import { hexDecode } from '@countersign/proof-core/bytes/hex';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import { commit } from '../../record/private.ts';
import type { Report } from '../record/place.ts';
import { RowFeed } from './feed.ts';

/** A row of the table of ids. */
export interface IdRow {
  readonly seq: number;
  readonly id: string;
  /** SHA-256 of the event without `private` and `trace`, hex. */
  readonly digest: string;
}

/** A row of the table of private values; without value and salt it is the mark of an erased one. */
export interface PrivateRow {
  readonly seq: number;
  readonly name: string;
  /** JSON text. */
  readonly value?: string;
  /** Hex, 32 bytes. */
  readonly salt?: string;
}

/** What a database keeps beside its records, in the order of their numbers. */
export interface BesideRecords {
  ids(): AsyncIterable<IdRow>;
  /** Absent when the login may not read private values. */
  privateValues?(): AsyncIterable<PrivateRow>;
  /** The private values that records of the chain, and events that wait, say were erased, as `SEQ NAME`. */
  redactions(report: Report): Promise<ReadonlySet<string>>;
}

type Event = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly private?: Readonly<Record<string, { readonly digest: string }>>;
};

/**
 * Compares what lies beside records with the records: ids and digests of events, private values with their commitments (level `deep`).
 *
 * Rows come in the order of the records and are held for a buffer of records at a time.
 *
 * @see docs/spec/reserved-events.md §3, docs/spec/private-values.md
 */
export class BesideCheck {
  readonly #chain: string;
  readonly #report: Report;
  readonly #engine: Engine;
  readonly #ids: RowFeed<IdRow>;
  readonly #values: RowFeed<PrivateRow> | undefined;
  readonly #beside: BesideRecords;
  #redacted: ReadonlySet<string> = new Set();
  #started = false;

  constructor(beside: BesideRecords, chain: string, report: Report, engine: Engine) {
    this.#beside = beside;
    this.#chain = chain;
    this.#report = report;
    this.#engine = engine;
    this.#ids = new RowFeed(beside.ids());
    const values = beside.privateValues?.();
    this.#values = values === undefined ? undefined : new RowFeed(values);
  }

  /** Whether private values can be looked at. */
  get seesPrivate(): boolean {
    return this.#values !== undefined;
  }

  /** Fetches the rows of the records [from, seq). */
  async readTo(from: number, seq: number): Promise<void> {
    if (!this.#started) this.#redacted = await this.#beside.redactions(this.#report);
    this.#started = true;
    await this.#ids.readTo(from, seq);
    await this.#values?.readTo(from, seq);
  }

  /** Judges the rows of one record whose form holds. */
  check(record: Uint8Array, seq: number): void {
    const { event } = parseJson(record, 'record') as unknown as { readonly event: Event };
    this.#checkId(event, seq);
    if (this.#values !== undefined) this.#checkPrivate(event, seq, this.#values.take(seq));
  }

  #checkId(event: Event, seq: number): void {
    const { private: _, trace: __, ...plain } = event;
    const digest = this.#engine.sha256Hex(this.#engine.canonicalize(plain));
    const row = this.#ids.take(seq).at(-1);
    const differs = (field: string, expected: string, actual: string): void =>
      this.#report({ code: 'COLUMN_DIFFERS', seq, field: `event_id.${field}`, expected, actual });
    if (row?.id !== event.id) return differs('id', event.id, row?.id ?? 'absent');
    if (row.digest !== digest) differs('digest', digest, row.digest);
  }

  #checkPrivate(event: Event, seq: number, rows: readonly PrivateRow[]): void {
    const commitments = event.private ?? {};
    for (const { name } of rows)
      if (!Object.hasOwn(commitments, name))
        this.#report({ code: 'PRIVATE_DIFFERS', seq, field: name, expected: 'no value of this name', actual: 'one' });
    for (const [name, { digest }] of Object.entries(commitments)) {
      const row = rows.find((one) => one.name === name);
      const erased = this.#redacted.has(`${seq} ${name}`);
      if (row?.value === undefined || row.salt === undefined) {
        if (!erased) this.#report({ code: 'PRIVATE_ABSENT', seq, field: name, expected: 'the value, or a record that it was erased', actual: 'neither' }); // prettier-ignore
      } else if (erased) this.#report({ code: 'PRIVATE_PUT_BACK', seq, field: name, expected: 'erased', actual: 'a value' });
      else if (this.#commitment(event.id, name, row.value, row.salt) !== digest)
        this.#report({ code: 'PRIVATE_DIFFERS', seq, field: name, expected: digest, actual: 'the commitment of another value' });
    }
  }

  /** The commitment of a stored value; the database may hold anything. */
  #commitment(id: string, name: string, value: string, salt: string): string | undefined {
    try {
      const parsed = parseJson(new TextEncoder().encode(value), 'value');
      return commit({ chain: this.#chain, id, name, value: parsed }, hexDecode(salt, 32), this.#engine);
    } catch (error) {
      if (error instanceof ProofError) return undefined;
      throw error;
    }
  }
}
