import { readFileSync } from 'node:fs';

/** A page of docs, its labelled blocks (```json name=part), its commands and the rows of its tables. */
export class Page {
  readonly text: string;

  constructor(path: string) {
    this.text = readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
  }

  /** A labelled block without its last line feed. */
  block(label: string): string {
    for (const [, name, body] of this.text.matchAll(/^```\w+ (\S+=\S+)\n(.*?)\n^```$/gms)) if (name === label) return body!;
    throw new Error(`no block ${label}`);
  }

  /** The first cell of every table row whose first cell is code. */
  firstCells(): string[] {
    return Array.from(this.text.matchAll(/^\| `([^`]+)` \|/gm), ([, cell]) => cell!);
  }
}
