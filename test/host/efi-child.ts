// Changes a variable of the running machine, as far as its mounts pretend to have one.
import { GenctlError } from '../../src/errors.ts';
import {
  clearLoaderVariable,
  hasLoaderFeature,
  readLoaderVariable,
  setLoaderVariable,
} from '../../src/host/efi-variables.ts';
import { Root } from '../../src/host/root.ts';

using root = new Root('/');

const deeds: Readonly<Record<string, () => Promise<string>>> = {
  clear: async () => {
    await clearLoaderVariable(root, 'LoaderEntryDefault');
    return 'cleared';
  },
  set: async () => {
    await setLoaderVariable(root, 'LoaderEntryOneShot', 'genctl-ü.conf');
    return `set ${readLoaderVariable(root, 'LoaderEntryOneShot')}`;
  },
  ask: () => Promise.resolve(hasLoaderFeature(root, 'bootOnce') ? 'can' : 'cannot'),
};

try {
  process.stdout.write((await deeds[process.argv[2] ?? '']?.()) ?? 'no such deed');
} catch (thrown) {
  if (!(thrown instanceof GenctlError)) throw thrown;
  process.stdout.write(`${thrown.code} ${thrown.hint}`);
}
