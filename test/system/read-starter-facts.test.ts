import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lastingParameters } from '../../src/system/read-starter-facts.ts';

test('of a command line, what boot loaders have added is left out', () => {
  for (const [commandLine, kept] of [
    ['BOOT_IMAGE=/vmlinuz root=UUID=x ro quiet\n', ['root=UUID=x', 'ro', 'quiet']],
    ['initrd=\\efi\\i.img init=/nix/store/x/init root=LABEL=r', ['root=LABEL=r']],
    // Behind `--` the kernel would hand genctl's own init= to init, and not obey it.
    ['root=/dev/sda1 -- single', ['root=/dev/sda1']],
    ['', []],
  ] as const) {
    assert.equal(lastingParameters(commandLine), kept, commandLine);
  }
});

test.run();
