import { parseArgs } from 'node:util';

/**
 * Reads the command line of a benchmark. `--help` prints its usage and ends the process; what it does not know ends it with 2.
 *
 * @param {string} usage what follows `node bench/`, such as `seal.mjs [RECORDS] [--full]`
 * @param {import('node:util').ParseArgsConfig['options']} options as `parseArgs` takes them
 * @param {number} most how many arguments there may be that are not options
 * @returns {{values: Record<string, unknown>, positionals: string[], refuse: (why: string) => never}}
 */
export function readOptions(usage, options = {}, most = 0) {
  const refuse = (why) => {
    process.stderr.write(`${why}\nusage: node bench/${usage}\n`);
    process.exit(2);
  };
  let read;
  try {
    read = parseArgs({ allowPositionals: true, options: { ...options, help: { type: 'boolean' } } });
  } catch ({ message }) {
    return refuse(message);
  }
  if (read.values.help === true) {
    console.log(`usage: node bench/${usage}`);
    process.exit(0);
  }
  if (read.positionals.length > most) refuse(`not known: ${read.positionals.slice(most).join(' ')}`);
  return { ...read, refuse };
}

/**
 * A number given on the command line.
 *
 * @param {string | undefined} text
 * @param {number} otherwise when none is given
 * @param {(why: string) => never} refuse from `readOptions`
 */
export function readCount(text, otherwise, refuse) {
  if (text === undefined) return otherwise;
  return /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : refuse(`expected a number from 1 to 999999999, got ${text}`);
}
