import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../repository/tree.ts';

/** A program in a page. */
export interface Example {
  readonly title: string;
  readonly code: string;
  /** What it prints, from the comment on its last line. */
  readonly output: string;
}

/** The `ts` blocks of a page with the heading each stands under. */
export function readExamples(page: string): Example[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(({ 1: code = '', index }) => ({
    title:
      text
        .slice(0, index)
        .match(/^## .*$/gm)
        ?.at(-1)
        ?.slice(3) ?? page,
    code,
    output: /^\/\/ (.*)\n$/m.exec(code.slice(code.trimEnd().lastIndexOf('\n') + 1))?.[1] ?? '',
  }));
}
