import { setImmediate } from 'node:timers/promises';
import type { TileTarget } from '../../src/tiles/target.ts';

/** Decides for the n-th call of a target: fail before it takes effect, after, or not at all. */
export type TargetPlan = (n: number, call: string) => 'before' | 'after' | undefined;

/** An archive in memory; every call takes a turn, so that sealers at once meet in it. */
export interface MemoryTarget extends TileTarget {
  readonly files: Map<string, Uint8Array>;
  /** Calls so far. */
  calls: number;
}

/** The key of a file is never put twice: what is there stays. */
export function memoryTarget(
  name: string,
  options: { readonly files?: Map<string, Uint8Array>; readonly plan?: TargetPlan } = {},
): MemoryTarget {
  const files = options.files ?? new Map<string, Uint8Array>();
  const call = async <T>(what: string, run: () => T): Promise<T> => {
    const fault = options.plan?.(target.calls, what);
    target.calls++;
    await setImmediate();
    if (fault === 'before') throw new Error('power cut');
    const result = run();
    if (fault === 'after') throw new Error('power cut');
    return result;
  };
  const target: MemoryTarget = {
    name,
    isWriteOnce: false,
    files,
    calls: 0,
    retention: () => call('retention', () => ({ mode: 'none' }) as const),
    put: (key, content) =>
      call('put', () => {
        if (files.has(key)) return false;
        files.set(key, Uint8Array.from(content));
        return true;
      }),
    read: (key) => call('read', () => files.get(key)?.slice()),
    replace: (key, content, before) =>
      call('replace', () => {
        if (String(files.get(key)) !== String(before)) return false;
        files.set(key, Uint8Array.from(content));
        return true;
      }),
  };
  return target;
}
