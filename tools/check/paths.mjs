import { isTest } from './tree.mjs';

export const title = 'nothing tells of the machine it was made on';

const MACHINE_PATH = /(?<![\w.)}\]-])\/(?:work|root|home|tmp)\/(?=[\w.$])/g;
const LOCK_URL = /"resolved":\s*"[^"]*:\/\//g;

/** No absolute path of somebody's machine outside tests, and no download address in the lock file. */
export function check(tree) {
  const found = [];
  for (const file of tree.files) {
    if (isTest(file)) continue;
    const isLock = file.path.endsWith('package-lock.json');
    for (const { 0: text, index } of file.text.matchAll(isLock ? LOCK_URL : MACHINE_PATH))
      found.push({ path: file.path, line: file.line(index), message: isLock ? 'the lock file names a server' : `machine path ${text}…` });
  }
  return found;
}
