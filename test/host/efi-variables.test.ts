import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { canMount, testWhere, withMounts } from '../commands/test-where.ts';

const child = fileURLToPath(new URL('efi-child.ts', import.meta.url));
const efivars = '/sys/firmware/efi/efivars';
const file = (name: string): string => `${efivars}/${name}-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f`;
const variable = file('LoaderEntryDefault');
const oneShot = file('LoaderEntryOneShot');

/** Does something with the variables of a machine whose /sys is made up by commands of the shell. */
function attempt(deed: 'clear' | 'set' | 'ask', script: string, after = ':'): string {
  const made = `mount -t tmpfs tmpfs /sys; mkdir -p ${efivars}; ${script}`;
  const [program = '', ...args]: readonly string[] = [
    ...withMounts(made).wrapper,
    '/bin/sh',
    '-c',
    `"$@"; ${after}`,
    'sh',
    process.execPath,
    '--import',
    'tsx',
    child,
    deed,
  ];
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  assert.is(stderr, '');
  return stdout;
}

function clear(script: string): string {
  return attempt('clear', `echo x >${variable}; ${script}`);
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

testWhere(canMount, needed, 'a variable is set with its attributes, as UTF-16 with a NUL', () => {
  const bytes = Buffer.concat([
    Buffer.from([7, 0, 0, 0]),
    Buffer.from('genctl-ü.conf\0', 'utf16le'),
  ]).toString('hex');
  const show = `printf ' '; od -An -v -tx1 ${oneShot} | tr -d ' \\n'`;
  assert.is(attempt('set', ':', show), `set genctl-ü.conf ${bytes}`);
  assert.is(attempt('set', `printf 'old' >${oneShot}`, show), `set genctl-ü.conf ${bytes}`);
});

testWhere(canMount, needed, 'one that cannot be set is refused with what to do', () => {
  assert.match(
    attempt('set', 'mount -o remount,ro /sys'),
    /^EFI_VARIABLE_REFUSED Mount the variables read-write: /,
  );
});

testWhere(canMount, needed, 'only a loader that says so can boot an entry once', () => {
  const features = (octal: string): string =>
    `printf '\\006\\0\\0\\0${octal}\\0\\0\\0\\0\\0\\0\\0' >${file('LoaderFeatures')}`;
  assert.is(attempt('ask', features('\\017')), 'can');
  assert.is(attempt('ask', features('\\007')), 'cannot');
  assert.is(attempt('ask', ':'), 'cannot');
  assert.is(attempt('ask', `printf '\\006\\0\\0\\0\\017' >${file('LoaderFeatures')}`), 'cannot');
});

test.run();
