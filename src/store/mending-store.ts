import type { OsTreeStore, Store } from './store.ts';

/** The same store, in which adding what is there already puts it in place anew where it is damaged. */
export function mendingStore(store: Store): Store {
  const { osTrees } = store;
  const mendingTrees: OsTreeStore | undefined = osTrees && {
    add: (name, folder, source) => osTrees.addAnew(name, folder, source),
    addAnew: (name, folder, source) => osTrees.addAnew(name, folder, source),
    listing: path => osTrees.listing(path),
  };
  return new Proxy(store, {
    get(target, key) {
      if (key === 'osTrees') return mendingTrees;
      const value: unknown = Reflect.get(target, key === 'add' ? 'addAnew' : key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
