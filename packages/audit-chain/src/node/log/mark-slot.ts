import { Buffer } from 'node:buffer';
import { defaultEngine } from '@countersign/proof-core/engine/default';

/** A slot is as large as the largest sector, so that writing one never touches the other. */
export const SLOT_BYTES = 4096;

/** One slot of a mark file: `<digest> <generation> <state>`, spaces and LF, the digest over what comes after it. */
export interface Slot {
  /** Decides which slot counts; also its place: even 0, odd 1. */
  readonly generation: number;
  /** SHA-256 over generation, space, content; hex. */
  readonly digest: string;
  readonly content: Uint8Array;
  readonly bytes: Buffer;
}

const LINE = /^([0-9a-f]{64}) ((0|[1-9][0-9]{0,15}) (\{.*\})) *\n$/s;

/**
 * Makes a slot.
 *
 * @param content canonical JSON
 */
export function formatSlot(content: Uint8Array, generation: number): Slot {
  const text = `${generation} ${Buffer.from(content).toString('utf8')}`;
  const digest = defaultEngine.sha256Hex(Buffer.from(text));
  const line = `${digest} ${text}`;
  const bytes = Buffer.alloc(SLOT_BYTES, ' ');
  if (bytes.write(line) >= SLOT_BYTES) throw new RangeError('a mark that fits its slot');
  bytes[SLOT_BYTES - 1] = 0x0a;
  return { generation, digest, content, bytes };
}

/** Reads a slot; undefined when it was torn, never written, or stands in the wrong place. */
function parseSlot(bytes: Buffer, place: number): Slot | undefined {
  const [, digest, text, generation, content] = LINE.exec(bytes.toString('utf8')) ?? [];
  if (text === undefined || defaultEngine.sha256Hex(Buffer.from(text)) !== digest) return undefined;
  if (Number(generation) % 2 !== place) return undefined;
  return { generation: Number(generation), digest, content: Buffer.from(content!), bytes };
}

/** The slot that counts; undefined when neither is whole. */
export function newestSlot(file: Buffer): Slot | undefined {
  const [even, odd] = [0, 1].map((place) => parseSlot(file.subarray(place * SLOT_BYTES, (place + 1) * SLOT_BYTES), place));
  if (even === undefined || odd === undefined) return even ?? odd;
  return even.generation > odd.generation ? even : odd;
}
