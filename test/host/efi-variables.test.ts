import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { canMount, testWhere, withMounts } from '../commands/test-where.ts';

const child = fileURLToPath(new URL('efi-child.ts', import.meta.url));
const efivars = '/sys/firmware/efi/efivars';
const variable = `${efivars}/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f`;

/** Clears the variable on a machine whose /sys is made up. */
function clear(script: string): string {
  const made = `mount -t tmpfs tmpfs /sys; mkdir -p ${efivars}; echo x >${variable}; ${script}`;
  const [program = '', ...args]: readonly string[] = [
    ...withMounts(made).wrapper,
    process.execPath,
    '--import',
    'tsx',
    child,
  ];
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  assert.is(stderr, '');
  return stdout;
}

const needed = 'mounts in a namespace';

testWhere(canMount, needed, 'a variable that is not immutable is cleared without chattr', () => {
  assert.is(clear(`export PATH=/nowhere`), 'cleared');
});

testWhere(canMount, needed, 'one on a file system that is mounted read-only is stuck', () => {
  assert.match(
    clear('mount -o remount,ro /sys'),
    /^EFI_VARIABLE_STUCK Mount the variables read-write: /,
  );
});

testWhere(canMount, needed, 'an immutable one is stuck without chattr', () => {
  // tmpfs knows no such flag on older kernels; a mount point in its place cannot be removed either.
  const script = `mount --bind ${variable} ${variable}; export PATH=/nowhere`;
  assert.match(clear(script), /^EFI_VARIABLE_STUCK /);
});

test.run();
