import type { Store } from './store.ts';

/** The same store, in which adding what is there already puts it in place anew where it is damaged. */
export function mendingStore(store: Store): Store {
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key === 'add' ? 'addAnew' : key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
