// Runs one target's inputs on a thread of its own, so that the command can end it when it no longer moves.
import { parentPort, workerData } from 'node:worker_threads';
import { inputAt } from './mutate.mjs';
import { loadTargets } from './targets.mjs';

const { urls, name, seed, from, to, progress, replay } = workerData;
const target = (await loadTargets(urls)).find((candidate) => candidate.name === name);
const seeds = target.seeds ?? [];
const at = new Int32Array(progress);
// Most inputs end in an error; a failure runs again with its stack.
Error.stackTraceLimit = 0;

async function attempt(input, index) {
  Error.stackTraceLimit = 30;
  try {
    await target.run(input);
    return undefined;
  } catch (error) {
    return { index, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** The first input that the target does not take. Parsers are mostly synchronous, so only a promise is awaited. */
async function firstFailure() {
  for (let i = from; i < to; i += 1) {
    Atomics.store(at, 0, i);
    try {
      const result = target.run(inputAt(seed, i, seeds));
      if (result !== undefined) await result;
    } catch {
      const failure = await attempt(inputAt(seed, i, seeds), i);
      return failure ?? { index: i, message: 'threw once and not again: the target keeps state between inputs' };
    }
  }
  return undefined;
}

const failure = replay === undefined ? await firstFailure() : await attempt(replay, 0);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
parentPort.postMessage({ failure, heapBytes: process.memoryUsage().heapUsed });
