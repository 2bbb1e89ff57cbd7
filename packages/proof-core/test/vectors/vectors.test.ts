import { describe, expect, test } from 'vitest';
import { engine as portable } from '../../src/engine/portable.ts';
import { engine as node } from '../../src/node/engine.ts';
import { OPERATIONS } from './operations.ts';
import { outcomeOf, readVectors } from './read.ts';

describe.each(Object.keys(OPERATIONS))('docs/vectors/%s.json', (file) => {
  const vectors = readVectors(file);

  test('has positive and negative vectors, each with a name of its own', () => {
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
    expect(vectors.filter(({ error }) => error === undefined)).not.toEqual([]);
    expect(vectors.every(({ result, error }) => (result === undefined) !== (error === undefined))).toBe(true);
  });

  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (_, { input, result, error }) => {
    const expected = error === undefined ? { result } : { error };
    for (const engine of [node, portable]) expect(await outcomeOf(() => OPERATIONS[file]!(input, engine)), engine.name).toEqual(expected);
  });
});
