import { mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { folderTarget } from '../../src/node/archive/folder-target.ts';
import { temporaryFolder } from '../support/database.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());

test('a directory takes several files at once, and one of two under the same name', async () => {
  const folder = join(temporary.path, 'archive');
  const target = folderTarget(folder);
  const none = await target.retention();
  const put = (key: string, content: string): Promise<boolean> => target.put(key, Buffer.from(content.repeat(100_000)), none);
  expect(await Promise.all(['a', 'b', 'c', 'd'].map((name) => put(`x/${name}`, name)))).toEqual([true, true, true, true]);
  for (const name of ['a', 'b', 'c', 'd']) expect(readFileSync(join(folder, 'x', name), 'utf8')).toBe(name.repeat(100_000));
  const both: readonly [boolean, boolean] = await Promise.all([put('y', '1'), put('y', '2')]);
  expect(both.filter(Boolean)).toHaveLength(1);
  expect(readFileSync(join(folder, 'y'), 'utf8')).toBe((both[0] ? '1' : '2').repeat(100_000));
  expect(readdirSync(folder).toSorted()).toEqual(['x', 'y']);
});

test('what a killed run left half written does not stand in the way, and is taken away; what another is writing stays', async () => {
  const folder = join(temporary.path, 'killed');
  mkdirSync(folder);
  const uuid = '0d8fa2b6-b2a5-4f5e-8d24-4f6fb8b0e0a1';
  // No process has the first number; ours may have been another's before this one began.
  const [dead, before, ours, parent] = [`${2 ** 30}`, `${process.pid}`, `${process.pid}-${uuid}`, `${process.ppid}-${uuid}`].map((end) => `.incoming-${end}`) as [string, string, string, string]; // prettier-ignore
  for (const name of [dead, before, ours, parent]) writeFileSync(join(folder, name), 'half', { mode: 0o444 });
  utimesSync(join(folder, before), 1, 1);
  const target = folderTarget(folder);
  expect(await target.put('a', Buffer.from('whole'), await target.retention())).toBe(true);
  expect(readdirSync(folder).toSorted()).toEqual([ours, parent, 'a'].toSorted());
});
