// A process of its own that takes the mark from size to size until it is at 300; prints each size that it has reserved. With a third argument it
// goes on to reserve 300 again, without a pause, until it is killed.
import { writeSync } from 'node:fs';
import { markFile } from '../../src/node/log/mark-file.ts';
import { testTree } from './tree.ts';

const [, , path, origin, forEver] = process.argv;
const tree = testTree(origin!, 300);
const mark = markFile(path!);
for (;;) {
  const present = (await mark.read(origin!))!.size;
  if (present === 300) break;
  try {
    await mark.reserve(tree.mark(present + 1), tree.proof(present, present + 1));
    // The same size again is allowed, so two may have taken one step; only who moved the mark says so.
    writeSync(1, `${present + 1}\n`);
  } catch (error) {
    // Another process was faster.
    if (!/^ERR_CHAIN_(ROLLED_BACK|FORKED)$/.test((error as { code: string }).code)) throw error;
  }
}
if (forEver !== undefined) for (;;) await mark.reserve(tree.mark(300), []);
