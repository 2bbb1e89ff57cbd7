import { Buffer } from 'node:buffer';

/** The value is unusual: refused, or written only by the portable writer, which then says why. */
export const UNUSUAL = -1;
/** The target is too small, or might be: a writer reserves for the worst case. */
export const NO_ROOM = -2;

/** Memory that the writer writes to, with the views it writes through. */
export class Target {
  readonly size: number;
  /** The same memory as `view`; `plain` too, without Buffer's own `slice`. */
  readonly bytes: Buffer;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly view: DataView;

  constructor(memory: ArrayBuffer, offset: number, size: number) {
    this.size = size;
    this.bytes = Buffer.from(memory, offset, size);
    this.plain = new Uint8Array(memory, offset, size);
    this.view = new DataView(memory, offset, size);
  }
}

const SMALLEST = 1 << 18;
const LARGEST = 1 << 29;
/** What is kept between calls; a larger scratch serves one call. */
const KEPT = 1 << 20;

let scratch: Target | undefined;

/**
 * The writer's own scratch, of the size it has now.
 *
 * @internal
 */
export function openScratch(): Target {
  return (scratch ??= allocate(SMALLEST));
}

/**
 * A scratch of twice the size, or none beyond 512 MiB.
 *
 * @internal
 */
export function growScratch(): Target | undefined {
  const size = openScratch().size * 2;
  return size > LARGEST ? undefined : (scratch = allocate(size));
}

/**
 * Lets an overgrown scratch go.
 *
 * @internal
 */
export function trimScratch(): void {
  if (scratch !== undefined && scratch.size > KEPT) scratch = undefined;
}

function allocate(size: number): Target {
  return new Target(new ArrayBuffer(size), 0, size);
}
