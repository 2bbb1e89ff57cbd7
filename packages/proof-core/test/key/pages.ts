import { readFileSync } from 'node:fs';

/** A page of docs/spec, its labelled blocks (```json name=part) and the rows of its tables. */
export class SpecPage {
  readonly text: string;
  readonly #blocks: ReadonlyMap<string, string>;

  constructor(name: string) {
    this.text = readFileSync(new URL(`../../../../docs/spec/${name}.md`, import.meta.url), 'utf8');
    this.#blocks = new Map(
      Array.from(this.text.matchAll(/^```\w+ (\S+=\S+)\n(.*?)^```$/gms), ([, label, body]) => [label ?? '', body ?? '']),
    );
  }

  /** A block as it stands there, with its last line feed. */
  block(label: string): string {
    const block = this.#blocks.get(label);
    if (block === undefined) throw new Error(`no block ${label}`);
    return block;
  }

  /** A block without its line feeds. */
  line(label: string): string {
    return this.block(label).replaceAll('\n', '');
  }

  /** The cells of every table row whose first cell matches, without their code marks. */
  rows(first: RegExp): string[][] {
    return this.text
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) =>
        line
          .slice(2, -2)
          .split(' | ')
          .map((cell) => cell.replaceAll('`', '')),
      ) // prettier-ignore
      .filter(([cell]) => first.test(cell ?? ''));
  }
}
