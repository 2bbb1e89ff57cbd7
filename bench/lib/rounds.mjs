// Cases side by side in every round, each round beginning with another one: what disturbs the machine disturbs all of them.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

const CHILD = new URL('verify-child.mjs', import.meta.url).pathname;
const FLOOR = new URL('floor-child.mjs', import.meta.url).pathname;
const USAGE = new URL('usage.cjs', import.meta.url).pathname;
/** Where our packages are installed as they are published. */
let project;

/** From here on, what is installed in a project verifies. */
export function verifyFrom(folder) {
  project = folder;
  copyFileSync(CHILD, join(project, 'verify-child.mjs'));
}

/** `audit-verify` as its users have it: seconds from start to exit, processor time, most memory in MB. */
export function command(folder, source, level) {
  const program = join(project, 'node_modules/@countersign/verify-cli/bin/audit-verify.js');
  const args = [join(folder, source), '--signers', join(folder, 'signers.json'), '--checks', level];
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', USAGE, program, ...args], { encoding: 'utf8' });
  const seconds = (performance.now() - start) / 1000;
  if (!stdout.includes('integrity     pass')) throw new Error(`audit-verify ended with ${status}: ${stdout}${stderr}`);
  return { seconds, ...JSON.parse(stderr.trim().split('\n').at(-1)) };
}

/** A verification in a process of its own, with so many threads: seconds of wall time and processor time without its start, most memory in MB. */
export function verify(folder, source, level, threads) {
  const child = join(project, 'verify-child.mjs');
  return JSON.parse(execFileSync(process.execPath, [child, folder, source, level, String(threads)], { encoding: 'utf8' }));
}

/** What cannot be left out, alone, in a process of its own, on so many threads: see floor-child.mjs. */
export function floor(folder, what, threads) {
  return JSON.parse(execFileSync(process.execPath, [FLOOR, folder, what, String(threads)], { encoding: 'utf8' }));
}

/** How long a command line takes. */
export function shell(command) {
  const start = performance.now();
  execFileSync('bash', ['-c', command], { stdio: 'ignore' });
  return { seconds: (performance.now() - start) / 1000 };
}

/** Runs cases; gives of each the least and the middle time, the least processor time, the most memory. */
export async function runRounds(cases, rounds) {
  const names = Object.keys(cases);
  const all = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      all[name].push(await cases[name]());
    }
  return Object.fromEntries(
    names.map((name) => {
      const rounds = all[name].map(({ seconds }) => seconds);
      const times = rounds.toSorted((a, b) => a - b);
      const least = (key) => (all[name][0][key] === undefined ? undefined : Math.min(...all[name].map((one) => one[key])));
      const most = all[name][0].peak === undefined ? undefined : Math.max(...all[name].map(({ peak }) => peak));
      return [name, { seconds: times[0], middle: times[times.length >> 1], rounds, cpu: least('cpu'), peak: most }];
    }),
  );
}

/** The middle one of the rounds' ratios: both cases of a round met the machine in about the same mood. */
export function ratio(one, other) {
  const ratios = one.rounds.map((seconds, round) => seconds / other.rounds[round]).sort((a, b) => a - b);
  return ratios[ratios.length >> 1];
}

/** Prints what `runRounds` gave. */
export function printCases(results, events) {
  console.log(
    `${'case'.padEnd(36)} ${'least s'.padStart(8)} ${'middle s'.padStart(9)} ${'events/s'.padStart(10)} ${'cpu s'.padStart(7)} ${'MB'.padStart(5)}`,
  );
  for (const [name, { seconds, middle, cpu, peak }] of Object.entries(results)) {
    const rate = String(Math.round(events / seconds));
    console.log(
      `${name.padEnd(36)} ${seconds.toFixed(2).padStart(8)} ${middle.toFixed(2).padStart(9)} ${rate.padStart(10)} ${(cpu?.toFixed(2) ?? '').padStart(7)} ${String(peak ?? '').padStart(5)}`,
    );
  }
}

/** Prints one figure beside its target, e.g. `≤ 0.6`. */
export function printFigure(name, value, digits, target) {
  const most = Number(/[\d.]+/.exec(target)[0]);
  const met = target.startsWith('≥') ? value >= most : target.startsWith('<') ? value < most : value <= most;
  console.log(`${name.padEnd(62)} ${value.toFixed(digits).padStart(8)}   ${target.padEnd(10)} ${met ? 'met' : 'MISSED'}`);
}
