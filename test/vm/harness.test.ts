// Proves the virtual machine itself, with entries and a stage 2 written by hand: what fails here
// is not genctl's fault.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { espOffset, plainDisk, writeDisks } from './disk-image.ts';
import { emulatedKernel } from './emulated-kernel.ts';
import { parseFacts } from './facts.ts';
import { startMachine } from './machine.ts';
import { pickEntry } from './menu.ts';
import { obtainParts } from './parts.ts';
import { checkEsp } from './read-esp.ts';
import { layRootTree } from './root-tree.ts';
import { vmTest } from './vm-test.ts';
import { makeWorkFolder } from './work-folder.ts';

const stage2 = (name: string): string => `#!/bin/sh
mount --bind /nix/store /nix/store
mount -o remount,bind,ro /nix/store
ln -s /nix/store/${name} /run/current-system
ln -s /nix/store/${name} /run/booted-system
echo "this is ${name}" > /etc/motd
exec /sbin/init
`;

vmTest('a hand-made machine boots the entry that is picked', async () => {
  const parts = await obtainParts();
  await using work = await makeWorkFolder('harness');
  const root = join(work.path, 'root');
  await layRootTree(root, parts);
  const esp = join(root, 'boot');
  await place(join(esp, 'loader/loader.conf'), 'timeout 5\ndefault new.conf\n');
  for (const [name, version] of [
    ['new', 2],
    ['old', 1],
  ] as const) {
    await place(join(root, `nix/store/${name}/init`), stage2(name), 0o755);
    await place(
      join(esp, `loader/entries/${name}.conf`),
      [
        `title Test - generation ${version}`,
        'sort-key genctl',
        `version ${version}`,
        'linux /vmlinuz',
        'initrd /initrd',
        `options init=/nix/store/${name}/init root=LABEL=root console=ttyS0 quiet panic=1 ${emulatedKernel}`,
        '',
      ].join('\n'),
    );
  }
  await copyFile(join(root, `boot-parts/vmlinuz-${parts.kernelVersion}`), join(esp, 'vmlinuz'));
  await copyFile(join(root, `boot-parts/initrd.img-${parts.kernelVersion}`), join(esp, 'initrd'));
  await mkdir(join(esp, 'EFI/BOOT'), { recursive: true });
  await copyFile(parts.systemdBoot, join(esp, 'EFI/BOOT/BOOTX64.EFI'));
  const image = join(work.path, 'disk.img');
  await writeDisks(root, [plainDisk(image)]);

  await using machine = await startMachine({ images: [image], folder: join(work.path, 'machine') });
  const menu = await pickEntry(machine, /generation 1\b/);
  assert.equal(menu.titles.slice(0, 2), ['Test - generation 2', 'Test - generation 1']);
  assert.is(menu.chosen, 0);
  const facts = parseFacts(await machine.factsAtEnd());
  assert.match(facts.commandLine, 'init=/nix/store/old/init');
  assert.is(facts.motd, 'this is old');
  assert.is(facts.bootedSystem, '/nix/store/old');
  assert.is(facts.storeWrite, 'refused: Read-only file system');
  assert.is(facts.etcWrite, 'worked');
  assert.is(facts.entrySelected, 'old.conf');
  assert.is(await checkEsp({ image, offset: espOffset }, join(work.path, 'esp')), undefined);
});

async function place(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode });
}

test.run();
