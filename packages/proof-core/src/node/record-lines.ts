import type { ExpectedLink, RecordLines } from '../engine/record-lines.ts';
import { isTimeAt } from '../record/time.ts';
import { copyInto } from './copy.ts';
import { LAYOUT, LINES_MODULE } from './lines-module.ts';
import { openModule } from './wasm.ts';

/** See tools/wasm/lines. */
interface LinesExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  feeds(at: number, to: number, most: number): number;
  links(line: number, stop: number, start: number, head: number, digit: number): number;
  events(line: number, stop: number, start: number, link: number): number;
}

/**
 * Makes what reads lines in vector registers.
 *
 * @returns undefined where there is no WebAssembly with vector instructions
 * @see docs/design/decisions.md, 30
 * @internal
 */
export function openRecordLines(): RecordLines | undefined {
  const wasm = openModule(LINES_MODULE) as LinesExports | undefined;
  return wasm === undefined ? undefined : new WasmLines(wasm);
}

/** Undefined until it is needed, `none` where it cannot be had. */
let opened: RecordLines | 'none' | undefined;

/**
 * That of this thread.
 *
 * @internal
 */
export function recordLines(): RecordLines | undefined {
  opened ??= openRecordLines() ?? 'none';
  return opened === 'none' ? undefined : opened;
}

/** docs/spec/record.md. */
const MOST_LETTERS = 200;
const QUOTE = 0x22;

class WasmLines implements RecordLines {
  readonly hashes: Uint8Array;
  readonly #wasm: LinesExports;
  readonly #memory: Uint8Array;
  readonly #text: Uint8Array;
  readonly #words: Uint32Array;
  readonly #feeds: Uint32Array;
  #bytes = new Uint8Array(0) as Uint8Array;
  /** What is added to an offset of its memory to get one of the bytes. */
  #shift = 0;
  #head = 0;
  #digit = 0;

  constructor(wasm: LinesExports) {
    const { buffer } = wasm.memory;
    this.#wasm = wasm;
    this.#memory = new Uint8Array(buffer);
    this.#text = new Uint8Array(buffer, LAYOUT.text, LAYOUT.textBytes);
    this.#words = new Uint32Array(buffer, 0, LAYOUT.middle / 4);
    this.#feeds = new Uint32Array(buffer, LAYOUT.ends, LAYOUT.lines);
    this.hashes = new Uint8Array(buffer, LAYOUT.hashes, 32 * (LAYOUT.lines + 1));
  }

  read(bytes: Uint8Array, start: number, end: number, most: number): number {
    const length = Math.min(end - start, most, LAYOUT.textBytes);
    this.#bytes = bytes;
    this.#shift = start - LAYOUT.text;
    if (length <= 0) return 0;
    copyInto(this.#text, new Uint8Array(bytes.buffer, bytes.byteOffset + start, length));
    return this.#wasm.feeds(LAYOUT.text, LAYOUT.text + length, LAYOUT.lines);
  }

  feed(line: number): number {
    return this.#feeds[line]! + this.#shift;
  }

  expect({ head, middle, digitAt, time }: ExpectedLink): void {
    if (head.length > LAYOUT.headBytes || middle.length > LAYOUT.middleBytes) throw new RangeError('too long a link');
    this.#memory.set(head, LAYOUT.head);
    this.#memory.set(middle, LAYOUT.middle);
    this.#head = head.length;
    this.#digit = LAYOUT.middle + digitAt;
    this.#words[LAYOUT.middleLength / 4] = middle.length;
    this.#words[LAYOUT.minuteTime / 4] = time;
  }

  linked(line: number, stop: number): number {
    return this.#wasm.links(line, stop, this.#start(line), this.#head, this.#digit);
  }

  rememberType(bytes: Uint8Array, linkAt: number): void {
    const end = linkAt - 2;
    let at = end;
    while (end - at < MOST_LETTERS && bytes[at - 1] !== QUOTE) at--;
    // By its last four bytes, the quote before it included: see tools/wasm/lines/events.mjs.
    const letters = bytes[end - 4]! | (bytes[end - 3]! << 8) | (bytes[end - 2]! << 16) | (bytes[end - 1]! << 24);
    const place = LAYOUT.types + 256 * (Math.imul(letters, 0x9e3779b1) >>> 24);
    this.#memory[place] = end - at;
    this.#memory.set(bytes.subarray(at, end), place + 1);
  }

  formed(line: number, stop: number, link: number): number {
    const words = this.#words;
    words[LAYOUT.times / 4] = 0;
    const formed = this.#wasm.events(line, stop, this.#start(line), link);
    for (let i = 0; i < words[LAYOUT.times / 4]!; i++) {
      const at = words[LAYOUT.timesAt / 4 + i]! + this.#shift;
      if (!isTimeAt(this.#bytes, at)) return Math.min(formed, this.#lineAt(at, line, formed));
    }
    return formed;
  }

  #start(line: number): number {
    return line === 0 ? LAYOUT.text : this.#feeds[line - 1]! + 1;
  }

  /** The line, from `line` to `stop`, in which an offset is. */
  #lineAt(at: number, line: number, stop: number): number {
    while (line < stop && this.feed(line) < at) line++;
    return line;
  }
}
