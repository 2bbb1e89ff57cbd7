import { describe, expect, test } from 'vitest';
import type { Signer } from '@countersign/proof-core/ports';
import { RegistryError, type RegistryErrorCode } from '../../src/errors.ts';
import { breakerSigner } from '../../src/node/signer/breaker.ts';
import { deadlineSigner } from '../../src/node/signer/deadline.ts';
import { retrySigner } from '../../src/node/signer/retry.ts';
import { systemTimers } from '../../src/node/signer/timers.ts';
import { wrapSigner } from '../../src/signer/wrap.ts';
import { seededSigner } from '../support/keys.ts';
import { manualTimers } from '../support/timers.ts';

const request = { purpose: 'checkpoint', bytes: new Uint8Array(1) } as const;
const UNAVAILABLE = 'ERR_BACKEND_UNAVAILABLE';

/** A signer that fails with these codes in turn and then signs. */
function failing(...codes: RegistryErrorCode[]): Signer & { calls: number } {
  const inner = seededSigner('log-1');
  const counted = {
    ...wrapSigner(inner, async (asked) => {
      counted.calls++;
      const code = codes.shift();
      if (code !== undefined) throw new RegistryError(code, code);
      return inner.sign(asked);
    }),
    calls: 0,
  };
  return counted;
}

describe('asking again', () => {
  test('goes on while the backend is busy or away, with waits that grow', async () => {
    const timers = manualTimers();
    const backend = failing(UNAVAILABLE, 'ERR_BACKEND_THROTTLED', UNAVAILABLE);
    const work = retrySigner(backend, { firstWaitMilliseconds: 100, longestWaitMilliseconds: 300 }, timers).sign(request);
    await timers.run(work);
    expect(await work).toHaveLength(64);
    expect(timers.waits).toEqual([50, 100, 150]);
  });

  test('ends with the last error', async () => {
    const timers = manualTimers();
    const backend = failing(UNAVAILABLE, UNAVAILABLE, 'ERR_BACKEND_THROTTLED');
    const work = retrySigner(backend, { attempts: 3 }, timers).sign(request);
    await timers.run(work);
    await expect(work).rejects.toMatchObject({ code: 'ERR_BACKEND_THROTTLED' });
    expect(backend.calls).toBe(3);
  });

  test.each<RegistryErrorCode>([
    'ERR_BACKEND_DENIED',
    'ERR_BACKEND_REFUSED',
    'ERR_BACKEND_REPLY',
    'ERR_BACKEND_CIRCUIT_OPEN',
    'ERR_SIGN_PURPOSE',
  ])('never follows %s', async (code) => {
    const backend = failing(code);
    await expect(retrySigner(backend, {}, manualTimers()).sign(request)).rejects.toMatchObject({ code });
    expect(backend.calls).toBe(1);
  });

  test('ends when the caller does', async () => {
    const controller = new AbortController();
    const timers = manualTimers();
    const work = retrySigner(failing(UNAVAILABLE), {}, timers).sign({ ...request, signal: controller.signal });
    const refused = expect(work).rejects.toThrow('no longer wanted');
    await timers.advance(0);
    controller.abort(new Error('no longer wanted'));
    await refused;
  });

  test('needs an attempt', () => {
    expect(() => retrySigner(failing(), { attempts: 0 })).toThrow(RangeError);
  });
});

/** A backend that hangs and heeds no signal. */
const never = (): Signer => wrapSigner(seededSigner('log-1'), () => new Promise(() => {}));

describe('a deadline', () => {
  test('ends a backend that neither signs nor heeds its signal', async () => {
    const timers = manualTimers();
    const work = deadlineSigner(never(), 1000, timers).sign(request);
    await timers.run(work);
    await expect(work).rejects.toMatchObject({ code: 'ERR_BACKEND_DEADLINE' });
  });

  test('tells the backend', async () => {
    const timers = manualTimers();
    let signal: AbortSignal | undefined;
    const backend = wrapSigner(seededSigner('log-1'), (asked) => {
      signal = asked.signal;
      return new Promise(() => {});
    });
    const work = deadlineSigner(backend, 1000, timers).sign(request);
    await timers.run(work);
    await expect(work).rejects.toThrow();
    expect(signal?.aborted).toBe(true);
  });

  test('leaves a signature in time alone, and passes failures on', async () => {
    expect(await deadlineSigner(failing(), 60_000).sign(request)).toHaveLength(64);
    await expect(deadlineSigner(failing('ERR_BACKEND_DENIED'), 60_000).sign(request)).rejects.toMatchObject({ code: 'ERR_BACKEND_DENIED' });
  });

  test('ends when the caller does, before and during', async () => {
    const signal = AbortSignal.abort(new Error('no longer wanted'));
    await expect(deadlineSigner(never(), 1000, manualTimers()).sign({ ...request, signal })).rejects.toThrow('no longer wanted');
    const controller = new AbortController();
    const work = deadlineSigner(never(), 1000, manualTimers()).sign({ ...request, signal: controller.signal });
    controller.abort(new Error('changed my mind'));
    await expect(work).rejects.toThrow('changed my mind');
  });
});

describe('a circuit breaker', () => {
  test('opens after failures in a row, lets one through after the cool-down, and closes on success', async () => {
    const timers = manualTimers();
    const backend = failing(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
    const signer = breakerSigner(backend, { failures: 2, coolDownMilliseconds: 1000 }, timers);
    for (let i = 0; i < 2; i++) await expect(signer.sign(request)).rejects.toMatchObject({ code: UNAVAILABLE });
    expect(signer.state()).toBe('open');
    await expect(signer.sign(request)).rejects.toMatchObject({ code: 'ERR_BACKEND_CIRCUIT_OPEN' });
    expect(backend.calls).toBe(2);
    await timers.advance(1000);
    await expect(signer.sign(request)).rejects.toMatchObject({ code: UNAVAILABLE });
    await expect(signer.sign(request)).rejects.toMatchObject({ code: 'ERR_BACKEND_CIRCUIT_OPEN' });
    await timers.advance(1000);
    expect(await signer.sign(request)).toHaveLength(64);
    expect(signer.state()).toBe('closed');
    expect(await signer.sign(request)).toHaveLength(64);
  });

  test('lets only one try at a time', async () => {
    const timers = manualTimers();
    const backend = failing(UNAVAILABLE);
    const signer = breakerSigner(backend, { failures: 1, coolDownMilliseconds: 1000 }, timers);
    await expect(signer.sign(request)).rejects.toThrow();
    await timers.advance(1000);
    const trial = signer.sign(request);
    expect(signer.state()).toBe('trying');
    await expect(signer.sign(request)).rejects.toMatchObject({ code: 'ERR_BACKEND_CIRCUIT_OPEN' });
    expect(await trial).toHaveLength(64);
  });

  test('does not count refusals: they show that the backend is there', async () => {
    const signer = breakerSigner(
      failing(UNAVAILABLE, 'ERR_BACKEND_REFUSED', UNAVAILABLE, 'ERR_BACKEND_DENIED'),
      { failures: 2 },
      manualTimers(),
    );
    for (let i = 0; i < 4; i++) await expect(signer.sign(request)).rejects.toThrow();
    expect(signer.state()).toBe('closed');
  });

  test('counts a backend that is late', async () => {
    const signer = breakerSigner(failing('ERR_BACKEND_DEADLINE'), { failures: 1 }, manualTimers());
    await expect(signer.sign(request)).rejects.toThrow();
    expect(signer.state()).toBe('open');
  });
});

test('the clock of this machine ends a wait when its signal fires', async () => {
  await systemTimers.sleep(0);
  await expect(systemTimers.sleep(60_000, AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
});
