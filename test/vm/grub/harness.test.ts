// Proves the virtual machine under GRUB itself, with a menu and a stage 2 written by hand: what
// fails here is not genctl's fault.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { emulatedKernel } from '../emulated-kernel.ts';
import { valuesIn } from '../facts.ts';
import { layGrub, layHook } from '../guest-programs.ts';
import { obtainParts } from '../parts.ts';
import { bootLive, bootThroughGrub, makeGrubMachine } from './boot-grub.ts';
import { grubTest } from './grub-test.ts';

const stage2 = (name: string): string => `#!/bin/sh
mount --bind /nix/store /nix/store
mount -o remount,bind,ro /nix/store
ln -s /nix/store/${name} /run/current-system
ln -s /nix/store/${name} /run/booted-system
echo "this is ${name}" > /etc/motd
exec /sbin/init
`;

const entry = (name: string, number: number): string =>
  `menuentry 'Test - generation ${number}' --id ${name} {
  linux $kernel init=/nix/store/${name}/init root=LABEL=root console=ttyS0 quiet panic=1 ${emulatedKernel}
  initrd $initrd
}
`;

grubTest('a hand-made machine boots what is picked in a submenu of GRUB', async () => {
  const firmware = 'bios';
  await using machine = await makeGrubMachine();
  await layMenu(machine.root);
  await layGrub(machine.root, ['i386-pc']);
  await layHook(machine.root, 'grub/hand-made-hook.sh');
  await machine.writeDisks([{ image: machine.image, table: 'mbr', boot: [], rootFreeMiB: 64 }]);
  const installed = await bootLive(machine, { firmware });
  assert.is(valuesIn(installed.hook).get('grub-install'), '0', installed.hook);

  const { menus, facts } = await bootThroughGrub(machine, {
    firmware,
    pick: [/^All configurations$/, /generation 1\b/],
  });
  assert.equal(menus[0]?.titles, ['Test - generation 2', 'All configurations']);
  assert.equal(menus[1]?.titles, ['Test - generation 2', 'Test - generation 1']);
  assert.match(facts.commandLine, 'init=/nix/store/old/init');
  assert.is(facts.motd, 'this is old');
  assert.is(facts.storeWrite, 'refused: Read-only file system');
});

async function layMenu(root: string): Promise<void> {
  const { kernelVersion } = await obtainParts();
  for (const name of ['new', 'old']) {
    await place(join(root, `nix/store/${name}/init`), stage2(name), 0o755);
  }
  await place(
    join(root, 'boot/hand-made/grub/grub.cfg'),
    `serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
set timeout=5
set kernel=/boot-parts/vmlinuz-${kernelVersion}
set initrd=/boot-parts/initrd.img-${kernelVersion}
export kernel initrd
${entry('new', 2)}
submenu 'All configurations' --id all {
${entry('new', 2)}${entry('old', 1)}}
`,
  );
}

async function place(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode });
}

test.run();
