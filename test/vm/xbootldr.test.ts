// A disk with an extended boot partition beside its ESP: the loader and its settings are on the
// one, entries and kernels on the other, and the firmware shows them as one menu.
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { declare } from './declaration.ts';
import { type Disk, offsetOf } from './disk-image.ts';
import { valuesIn } from './facts.ts';
import { layGenctl, layHook } from './guest-programs.ts';
import type { DrawnMenu } from './menu.ts';
import { checkEsp, type Esp, listEsp } from './read-esp.ts';
import { makeSandboxMachine, type SandboxMachine } from './sandbox-machine.ts';
import { vmTest } from './vm-test.ts';

/** No larger than FAT32 takes: the kernel alone would fill it. */
const espMiB = 34;

const mountPoints = { efiSysMountPoints: ['/efi'], xbootldrMountPoint: '/boot' } as const;

let machine: SandboxMachine;
let disk: Disk;

vmTest('loader and settings are on the ESP, entries and kernels on XBOOTLDR', async () => {
  machine = await makeSandboxMachine();
  const { root } = machine;
  await mkdir(join(root, 'efi'));
  await rename(join(root, 'boot/EFI'), join(root, 'efi/EFI'));
  await mkdir(join(root, 'boot/loader'));
  await declare(root, { ...mountPoints, motd: 'one', kernelParams: 'test.generation=1' });
  await machine.genctl('loader', 'install');
  await machine.genctl('switch');
  await declare(root, { ...mountPoints, motd: 'two', kernelParams: 'test.generation=2' });
  await machine.genctl('switch');
  await layGenctl(root);
  await layHook(root, 'xbootldr-hook.sh');
  disk = {
    image: machine.image,
    boot: [
      { type: 'esp', label: 'ESP', mountPoint: '/efi', sizeMiB: espMiB },
      { type: 'xbootldr', label: 'XBOOTLDR', mountPoint: '/boot', sizeMiB: 64 },
    ],
    rootFreeMiB: 128,
  };
  await machine.writeDisks([disk]);
  const onEsp = await listEsp(partition('/efi'));
  assert.ok(onEsp.includes('loader/loader.conf'));
  assert.ok(onEsp.includes('EFI/BOOT/BOOTX64.EFI'));
  assert.equal(onEsp.filter(isOfAMenu), []);
  const onXbootldr = await listEsp(partition('/boot'));
  assert.ok(onXbootldr.filter(isOfAMenu).length >= 4, onXbootldr.join('\n'));
  assert.not.ok(onXbootldr.includes('loader/loader.conf'));
});

vmTest('the default boots, and a switch in there writes to the right partitions', async () => {
  const { menu, facts } = await machine.boot();
  assert.equal(generationsIn(menu), ['2', '1']);
  assert.match(menu.titles[menu.chosen] ?? '', /generation 2\b/);
  assert.is(facts.motd, 'two');
  const said = valuesIn(facts.hook);
  const about = `the machine said:\n${facts.hook}`;
  assert.is(said.get('mounts'), '2', about);
  assert.is(said.get('switch'), '0', about);
  assert.is(said.get('motd'), 'three', about);
  const verified = JSON.parse(said.get('verify') ?? '');
  assert.equal(verified.findings, [], about);
  // The loader, its settings, and three entries with a kernel and an initrd.
  assert.ok(verified.fileCount >= 7, about);
  assert.is(JSON.parse(said.get('again') ?? '').changed, false, about);
  for (const mountPoint of ['/efi', '/boot']) {
    const scratch = machine.scratch(`after${mountPoint.replace('/', '-')}`);
    assert.is(await checkEsp(partition(mountPoint), scratch), undefined, mountPoint);
  }
});

vmTest('the new generation boots by default, and an older one is picked', async () => {
  const { menu, facts } = await machine.boot();
  assert.equal(generationsIn(menu), ['3', '2', '1']);
  assert.match(menu.titles[menu.chosen] ?? '', /generation 3\b/);
  assert.is(facts.motd, 'three');
  const older = await machine.boot({ pick: /generation 1\b/ });
  assert.match(older.facts.commandLine, 'test.generation=1');
  assert.is(older.facts.motd, 'one');
});

function partition(mountPoint: string): Esp {
  return { image: disk.image, offset: offsetOf(disk, mountPoint) };
}

/** Entries, and what they start. */
function isOfAMenu(path: string): boolean {
  return /^loader\/entries\/.*\.conf$|^EFI\/genctl\//.test(path);
}

function generationsIn(menu: DrawnMenu): readonly string[] {
  return menu.titles.flatMap(title => /generation (\d+)/.exec(title)?.[1] ?? []);
}

test.after(async () => {
  await machine?.[Symbol.asyncDispose]();
});

test.run();
