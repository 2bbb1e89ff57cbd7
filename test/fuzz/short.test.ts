import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../repository/tree.ts';

interface FuzzTarget {
  readonly name: string;
  readonly seeds?: readonly Uint8Array[];
  readonly run: (bytes: Uint8Array) => void | Promise<void>;
}
interface Mutations {
  readonly inputAt: (seed: string, at: number, seeds: readonly Uint8Array[]) => Uint8Array;
}

const RUNS = 300;
const files = readdirSync(join(ROOT, 'packages')).flatMap((name) => {
  const folder = join(ROOT, 'packages', name, 'test/fuzz');
  return existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [];
});
const modules = await Promise.all(
  files.filter((file) => !file.endsWith('.test.ts')).map(async (file) => (await import(file)) as { targets?: readonly FuzzTarget[] }),
);
const targets = modules.flatMap((module) => module.targets ?? []);
const { inputAt } = (await import(pathToFileURL(join(ROOT, 'tools/fuzz/mutate.mjs')).href)) as Mutations;

describe('every fuzz target', () => {
  test('has a name of its own', () => {
    const names = targets.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(targets.map((target) => [target.name, target] as const))(`%s takes its seeds and ${RUNS} mutated inputs`, async (_, target) => {
    for (const seed of target.seeds ?? []) await target.run(Uint8Array.from(seed));
    for (let at = 0; at < RUNS; at += 1) await target.run(inputAt('short', at, target.seeds ?? []));
  });
});

const seeds = ['{"size":12}\n', 'a\nb\nc\n'].map((text) => new TextEncoder().encode(text));
function run(seed: string): string[] {
  return Array.from({ length: 200 }, (_, at) => inputAt(seed, at, seeds).join());
}

describe('mutated inputs', () => {
  test('are the same for the same seed and number, and differ otherwise', () => {
    expect(run('a')).toEqual(run('a'));
    expect(run('a')).not.toEqual(run('b'));
    expect(new Set(run('a')).size).toBeGreaterThan(150);
  });

  test('leave the seeds as they are', () => {
    const before = seeds.map((seed) => seed.join());
    for (let at = 0; at < 2000; at += 1) inputAt('a', at, seeds).fill(0);
    expect(seeds.map((seed) => seed.join())).toEqual(before);
  });
});
