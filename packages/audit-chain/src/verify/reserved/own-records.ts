import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import { type JsonObject, type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import { ChainError } from '../../errors.ts';
import { type Predecessor, checkReservedPayload } from '../../record/reserved.ts';
import { checkSignerEvent } from '../../record/signer-event.ts';
import type { ReservedType } from '../../record/types.ts';
import type { Report } from '../record/place.ts';

/** What a `signer.rotated` record says: both keys signed the same statement. */
export interface Rotation {
  readonly seq: number;
  readonly from: string;
  readonly to: string;
  /** Digest of the registry version that the statement names, hex. */
  readonly registry: string;
  /** Base64. */
  readonly signatures: { readonly from: string; readonly to: string };
}

/** A key that a record of the log introduced. */
export interface Introduction {
  readonly kid: string;
  readonly seq: number;
  /** The registry version that has it. */
  readonly version: number;
}

/** Ranges of `chain.pruned` records that join, in the order of the records. */
export interface PrunedRanges {
  readonly first: number;
  readonly last: number;
  /** Digest of the manifest that the last one names, hex. */
  readonly manifest: string;
  /** Number of the last of these records. */
  readonly seq: number;
}

/** What the library's own records in a stream say, as plain data. */
export interface OwnStatements {
  /** What record 0 says of its chain; absent where it was not read. */
  readonly created?: { readonly predecessor?: Predecessor };
  readonly rotations: readonly Rotation[];
  readonly introductions: readonly Introduction[];
  readonly pruned?: PrunedRanges;
}

/** The most rotations, and the most introduced keys, that are kept. */
const MOST = 512;

/**
 * Reads the library's own records as a stream brings them: holds their payloads to the frozen schemas and keeps what the verdict needs. What it
 * keeps is bounded.
 *
 * @see docs/spec/reserved-events.md §3
 */
export class OwnRecords {
  readonly #report: Report | undefined;
  readonly #rotations: Rotation[] = [];
  readonly #introductions = new Map<string, Introduction>();
  #created: OwnStatements['created'];
  #pruned: PrunedRanges | undefined;
  #pruningBroken = false;

  /** @param report where payloads of another schema are reported; absent at level `integrity` */
  constructor(report: Report | undefined) {
    this.#report = report;
  }

  /** Takes the record bytes[start, end) of the given type, whose event ends at `linkAt`. */
  take(bytes: Uint8Array, start: number, linkAt: number, seq: number, type: ReservedType): void {
    // The form check has said that it does not belong here.
    if (type === 'chain.created' && seq > 0) return;
    const payload = this.#payload(bytes, start, linkAt, seq, type);
    if (payload === undefined) return;
    if (type === 'chain.created') this.#created = payload;
    else if (type === 'chain.pruned') this.#addPruned(payload, seq);
    else if (type === 'signer.rotated') this.#addRotation(payload, seq);
    if (type === 'signer.added' || type === 'signer.activated' || type === 'signer.emergency')
      this.#introduce(payload['kid'], payload, seq);
    if (type === 'signer.rotated') this.#introduce(payload['to'], payload, seq);
  }

  get statements(): OwnStatements {
    const pruned = this.#pruningBroken ? undefined : this.#pruned;
    const created = this.#created === undefined ? {} : { created: this.#created };
    return {
      ...created,
      rotations: this.#rotations,
      introductions: [...this.#introductions.values()],
      ...(pruned === undefined ? {} : { pruned }),
    };
  }

  /** `chain.pruned` records contradict each other. */
  get isPruningBroken(): boolean {
    return this.#pruningBroken;
  }

  #payload(bytes: Uint8Array, start: number, linkAt: number, seq: number, type: ReservedType): JsonObject | undefined {
    try {
      const event = parseJson(bytes.slice(start + EVENT_AT, linkAt), 'event');
      const payload: JsonValue | undefined = isJsonObject(event) ? event['payload'] : undefined;
      if (type.startsWith('signer.')) checkSignerEvent(type, payload);
      else checkReservedPayload(type, payload ?? null);
      return payload as JsonObject;
    } catch (error) {
      // What is no JSON at all, the form check says.
      if (error instanceof ProofError) return undefined;
      if (!(error instanceof ChainError)) throw error;
      const { field = 'payload', expected = 'the payload of this type' } = error;
      this.#report?.({ code: 'RESERVED_TYPE', seq, field: `event.${field}`, expected: `${type}: ${expected}`, actual: 'another' });
      return undefined;
    }
  }

  #addPruned(payload: JsonObject, seq: number): void {
    const { first, last, manifest } = payload as unknown as { readonly first: number; readonly last: number; readonly manifest: string };
    const before = this.#pruned;
    // A range names only records before it, and begins where the one before ended; the first of them may itself follow one that is gone.
    if (first > last || last >= seq || (before !== undefined && first !== before.last + 1)) this.#pruningBroken = true;
    else this.#pruned = { first: before?.first ?? first, last, manifest, seq };
  }

  #addRotation(payload: JsonObject, seq: number): void {
    if (this.#rotations.length >= MOST) return;
    const { from, to, registry, signatures } = payload as unknown as Omit<Rotation, 'registry'> & { readonly registry: { digest: string } };
    this.#rotations.push({ seq, from, to, registry: registry.digest, signatures });
  }

  #introduce(kid: JsonValue | undefined, payload: JsonObject, seq: number): void {
    if (typeof kid !== 'string' || this.#introductions.has(kid) || this.#introductions.size >= MOST) return;
    const { version } = payload['registry'] as unknown as { readonly version: number };
    this.#introductions.set(kid, { kid, seq, version });
  }
}

const EVENT_AT = '{"event":'.length;
