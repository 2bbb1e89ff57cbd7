import type { ChainStore } from '../../src/store/store.ts';

/** A store with some of its methods replaced; the others are its own. */
export function storeWith(store: ChainStore, changes: Partial<ChainStore>): ChainStore {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(Object.hasOwn(changes, name) ? changes : target, name) as unknown;
      return typeof value === 'function' ? (value as (...values: unknown[]) => unknown).bind(target) : value;
    },
  });
}
