// Clears a variable of the running machine, as far as its mounts pretend to have one.
import { GenctlError } from '../../src/errors.ts';
import { clearLoaderVariable } from '../../src/host/efi-variables.ts';
import { Root } from '../../src/host/root.ts';

using root = new Root('/');
try {
  await clearLoaderVariable(root, 'LoaderEntryDefault');
  process.stdout.write('cleared');
} catch (thrown) {
  if (!(thrown instanceof GenctlError)) throw thrown;
  process.stdout.write(`${thrown.code} ${thrown.hint}`);
}
