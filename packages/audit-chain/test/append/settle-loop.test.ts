import { expect, test, vi } from 'vitest';
import { SettleLoop, type SettleLoopParts } from '../../src/append/settle-loop.ts';
import { ChainError } from '../../src/errors.ts';

/** A loop whose settler the test scripts: `durable` records, of which `reserve` decides what becomes. */
function scripted(
  reserve: (attempt: number) => Promise<unknown>,
  sign: () => Promise<unknown> = () => Promise.reject(new Error('not asked')),
) {
  const told: { readonly code: string; readonly closed: boolean; readonly durable: number }[] = [];
  const state = { durable: 1, size: 0, signing: 0, attempts: 0 };
  const settler = {
    get isWaiting() {
      return state.durable > state.size;
    },
    get isBehind() {
      return state.durable > Math.max(state.size, state.signing);
    },
    get size() {
      return state.size;
    },
    get signing() {
      return state.signing;
    },
    reserve: () => reserve(state.attempts++),
    sign,
  };
  const parts = {
    settler,
    batcher: { wake: () => {} },
    pace: { signatures: 3, gather: async () => {} },
    unsettled: {
      since: '',
      resolve: () => {},
      fail: (error: ChainError, closed: boolean) => told.push({ code: error.code, closed, durable: state.durable }),
    },
    limits: { signTimeoutMs: 1000, settleTimeoutMs: 1000 },
    meter: undefined,
  } as unknown as SettleLoopParts;
  return { loop: new SettleLoop(parts), state, told };
}

const down = (): ChainError => new ChainError('ERR_STORE', 'down', { field: 'store' });

test('who becomes durable while a closing chain pauses after its last failure is told why nothing is settled', async () => {
  const { loop, state, told } = scripted(async (attempt) => {
    // In the pause behind this failure another batch becomes durable.
    if (attempt === 1) setTimeout(() => (state.durable = 2), 1);
    throw down();
  });
  loop.close();
  loop.wake();
  await loop.running;
  expect(told.at(-1)).toEqual({ code: 'ERR_STORE', closed: true, durable: state.durable });
  expect(state.attempts).toBe(2);
  expect(loop.running).toBeUndefined();
});

test('who becomes durable while a closing chain waits for a last signature is told why nothing is settled', async () => {
  let overtake!: (settled: undefined) => void;
  const { loop, state, told } = scripted(
    async (attempt) => {
      if (attempt > 0) throw down();
      state.signing = 1;
      setTimeout(() => {
        state.durable = 2;
        loop.wake();
      }, 1);
      return { view: { size: 1 } };
    },
    () => new Promise((resolve) => (overtake = resolve)),
  );
  loop.close();
  loop.wake();
  // Two failures, of records 2; the signature of record 1 is still under way.
  await expect.poll(() => told.length).toBe(2);
  state.durable = 3;
  loop.wake();
  state.signing = 0;
  overtake(undefined);
  await loop.running;
  expect(told.at(-1)).toEqual({ code: 'ERR_STORE', closed: true, durable: 3 });
});

test('a closing chain waits for the note of another process longer than for a signer', async () => {
  const { loop, state, told } = scripted(async (attempt) => {
    if (attempt < 4) return undefined;
    state.size = 1;
    return { note: new Uint8Array(), size: 1 };
  });
  loop.close();
  loop.wake();
  await loop.running;
  expect(state).toMatchObject({ attempts: 5, size: 1 });
  // Only callers whose time was over have been told.
  expect(told).toEqual(Array.from({ length: 4 }, () => ({ code: 'ERR_SIGNER_UNAVAILABLE', closed: false, durable: 1 })));
});

test('a closing chain does not wait for ever for the note of another process', async () => {
  vi.useFakeTimers();
  try {
    const { loop, told } = scripted(async () => undefined);
    loop.close();
    loop.wake();
    const ended = loop.running;
    await vi.runAllTimersAsync();
    await ended;
    expect(told.at(-1)).toEqual({ code: 'ERR_SIGNER_UNAVAILABLE', closed: true, durable: 1 });
  } finally {
    vi.useRealTimers();
  }
});
