import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../repository/tree.ts';
import { FILES, formatVectors } from './all.ts';

const FOLDER = join(ROOT, 'docs/vectors');

describe('docs/vectors', () => {
  test('holds the generated files and no others', () => {
    const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
    expect(names).toEqual(FILES.map(({ name }) => `${name}.json`).toSorted());
  });

  test.each(FILES.map((file) => [file.name, file] as const))(
    '%s.json is what the oracles give (node tools/vectors.mjs writes it)',
    (name, file) => {
      expect(readFileSync(join(FOLDER, `${name}.json`), 'utf8')).toBe(formatVectors(file));
    },
  );

  test('is named by its page', () => {
    const page = readFileSync(join(FOLDER, 'README.md'), 'utf8');
    expect(FILES.map(({ name }) => name).filter((name) => !page.includes(`[${name}.json](${name}.json)`))).toEqual([]);
  });
});
