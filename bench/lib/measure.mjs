/**
 * Measures cases against each other: all of them in every round, each round starting with another one, so that what disturbs the
 * machine disturbs them alike. Time is that of the processor, collecting garbage included, not of the clock: other processes count
 * less. Compare ratios within one call; figures of two calls are strangers.
 *
 * @param {Record<string, () => void>} cases one operation each
 * @param {{rounds?: number, ms?: number}} options rounds, and milliseconds for each case in a round: many short ones, so that a disturbance spoils few
 * @returns {Record<string, {median: number, min: number, max: number}>} operations per second of processor time
 */
export function measure(cases, { rounds = 41, ms = 6 } = {}) {
  const names = Object.keys(cases);
  const counts = names.map((name) => calibrate(cases[name], ms));
  const rates = names.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const which = (i + round) % names.length;
      rates[which].push((counts[which] / time(cases[names[which]], counts[which])) * 1000);
    }
  }
  return Object.fromEntries(names.map((name, i) => [name, summarize(rates[i])]));
}

/** How many operations take about `ms`, found by doubling; this also warms the case up. */
function calibrate(operation, ms) {
  let count = 1;
  let elapsed = time(operation, count);
  while (elapsed < ms) {
    count *= 2;
    elapsed = time(operation, count);
  }
  return Math.max(1, Math.round((count * ms) / elapsed));
}

function time(operation, count) {
  const start = process.cpuUsage();
  for (let i = 0; i < count; i++) operation();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function summarize(rates) {
  const sorted = rates.toSorted((a, b) => a - b);
  return { median: sorted[sorted.length >> 1], min: sorted[0], max: sorted.at(-1) };
}

/** `operation` with each of `inputs` in turn, for caches that a single input would flatter. */
export function cycle(inputs, operation) {
  let next = 0;
  return () => {
    const input = inputs[next];
    next = next + 1 === inputs.length ? 0 : next + 1;
    operation(input);
  };
}
