import type { Engine } from '@countersign/proof-core/engine/engine';
import {
  type RecordLines,
  SHAPE_PLACES,
  type Shape as ShapePieces,
  type ValueRule,
  placeOf,
} from '@countersign/proof-core/engine/record-lines';
import { ProofError } from '@countersign/proof-core/errors';
import { canonicalEnd } from '@countersign/proof-core/json/check';
import { checkValue } from './members.ts';
import { stringEnd } from './skip.ts';
import { hasForm } from './whole-form.ts';
import { equalWords } from './words.ts';

/** All that stands between the scalar values of an event, keys, punctuation and its type, and where each of these values has its place. */
interface Shape {
  readonly text: DataView;
  /** The piece before value i ends at `ends[i]`; one more piece ends the event. */
  readonly ends: Uint16Array;
  /** How many arrays and objects are open around value i. */
  readonly depths: Uint8Array;
  /** The name of the event's member that value i is; empty within a member. */
  readonly names: readonly string[];
}

const MOST_VALUES = 256;
const MOST_BYTES = 4096;
const RULES: Readonly<Record<string, ValueRule>> = { actor: 'text', id: 'uuid', occurred_at: 'time', subject: 'text', trace: 'text' };
/** No event is shorter. */
const SHORTEST = 64;
/** Where hardly any event has the shape of one before, shapes are hardly worth writing down. */
const [PATIENCE, SELDOM] = [8, 64] as const;

/**
 * Tells whether records have their form, as `hasForm` does: most have the shape of one that was found to have it, and then only their values are
 * judged.
 *
 * @see docs/spec/record.md
 * @example new ShapeMemory(engine).hasForm(bytes, view, start, linkAt, seq)
 */
export class ShapeMemory {
  /** Each in the place that the end of the event's type gives it. */
  readonly #shapes: (Shape | undefined)[] = Array.from({ length: SHAPE_PLACES }, () => undefined);
  readonly #lines: RecordLines | undefined;
  #misses = 0;

  /** @param engine what reads lines for it is told of shapes too */
  constructor(engine: Engine) {
    this.#lines = engine.recordLines?.();
  }

  /** See `hasForm`. */
  hasForm(bytes: Uint8Array, view: DataView, start: number, linkAt: number, seq: number): boolean {
    // Record 0 alone may be `chain.created`.
    if (linkAt - start < SHORTEST || seq === 0) return hasForm(bytes, view, start, linkAt, seq);
    const place = placeOf(view, linkAt);
    const shape = this.#shapes[place];
    if (shape !== undefined && hasShape(shape, bytes, view, start, linkAt, seq)) {
      this.hit();
      return true;
    }
    if (!hasForm(bytes, view, start, linkAt, seq)) return false;
    if (this.#misses++ < PATIENCE || this.#misses % SELDOM === 0) this.#remember(place, shapeOf(bytes, view, start, linkAt));
    return true;
  }

  /** Tells of events that had a shape. */
  hit(): void {
    this.#misses = 0;
  }

  #remember(place: number, shape: Shape | undefined): void {
    this.#shapes[place] = shape;
    if (shape !== undefined) this.#lines?.remember(place, piecesOf(shape));
  }
}

function piecesOf({ text, ends, names }: Shape): ShapePieces {
  const bytes = new Uint8Array(text.buffer);
  const cuts = [0, ...ends, bytes.length];
  return { pieces: cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end)), rules: names.map((name) => RULES[name] ?? 'scalar') };
}

function hasShape(
  { text, ends, depths, names }: Shape,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  linkAt: number,
  seq: number,
): boolean {
  let at = start;
  let from = 0;
  try {
    for (let i = 0; i < names.length; i++) {
      const to = ends[i]!;
      const value = at + to - from;
      if (value > linkAt || !equalWords(view, at, text, from, to)) return false;
      at = canonicalEnd(bytes, view, value, linkAt, depths[i]!, start);
      const name = names[i]!;
      if (name !== '' && checkValue(bytes, view, value, at, name, seq) !== undefined) return false;
      from = to;
    }
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    return false;
  }
  return at + text.byteLength - from === linkAt && equalWords(view, at, text, from, text.byteLength);
}

/** The shape of an event whose form holds; undefined where members have rules that its scalar values alone do not show, or it is too large. */
function shapeOf(bytes: Uint8Array, view: DataView, start: number, linkAt: number): Shape | undefined {
  const text: number[] = [];
  const ends: number[] = [];
  const depths: number[] = [];
  const names: string[] = [];
  let depth = 0;
  let name = '';
  for (let at = start; at < linkAt;) {
    const byte = bytes[at]!;
    const isText = byte === 0x22;
    const end = isText ? stringEnd(bytes, view, at + 1, linkAt) + 1 : scalarEnd(bytes, at, linkAt);
    const isKey = isText && bytes[end] === 0x3a;
    if (isKey && depth === 2) name = String.fromCharCode(...bytes.subarray(at + 1, end - 1));
    if (name === 'private' || names.length >= MOST_VALUES || text.length > MOST_BYTES) return undefined;
    if (end > at && !isKey && !(depth === 2 && name === 'type')) {
      ends.push(text.length);
      depths.push(depth);
      names.push(depth === 2 ? name : '');
      at = end;
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
    for (const stop = Math.max(end, at + 1); at < stop; at++) text.push(bytes[at]!);
  }
  if (text.length > MOST_BYTES) return undefined;
  return { text: new DataView(Uint8Array.from(text).buffer), ends: Uint16Array.from(ends), depths: Uint8Array.from(depths), names };
}

/** The end of a number, `true`, `false` or `null`; `at` itself before punctuation. */
function scalarEnd(bytes: Uint8Array, at: number, limit: number): number {
  while (at < limit && !'{}[]:,'.includes(String.fromCharCode(bytes[at]!))) at++;
  return at;
}
