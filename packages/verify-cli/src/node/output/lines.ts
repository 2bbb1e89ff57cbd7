import { once } from 'node:events';

/** Standard output for many lines: waits when the reader is slow, and ends when it has gone away (`… | head`). */
export class Lines {
  #gone = false;

  constructor() {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.#gone = true;
    });
  }

  /** @returns false when nobody reads any more */
  async write(text: string | Uint8Array): Promise<boolean> {
    if (this.#gone) return false;
    if (!process.stdout.write(text)) await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'error')]).catch(() => {});
    return !this.#gone;
  }
}
