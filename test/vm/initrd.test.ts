// genctl's own initrd, started past all boot loaders on disks that it has to find.
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { espOffset, writeDisks } from './disk-image.ts';
import { hangSeconds, type Machine, startMachine } from './machine.ts';
import { makeOwnInitrd, tree } from './own-initrd.ts';
import { obtainParts } from './parts.ts';
import { runTool } from './run-tool.ts';
import { vmTest } from './vm-test.ts';
import { makeWorkFolder } from './work-folder.ts';

const system = `/nix/store/${'0'.repeat(32)}-system`;
const busybox = `${tree}/usr/bin/busybox`;
const rootPart = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';
const nixPart = '9F8E7D6C-5B4A-3928-1706-F5E4D3C2B1A0';

/** Both disks are made by the same means: only the identifiers of their partitions differ. */
const declaration = `[fileSystems "/"]
device = PARTUUID=${rootPart}
fsType = ext4
[fileSystems "/nix"]
device = PARTUUID=${nixPart}
fsType = ext4
options = noatime
options = x-systemd.growfs
[fileSystems "/persist"]
device = "/dev/disk/by-label/a\\\\x20label"
fsType = ext4
neededForBoot = true
[fileSystems "/srv"]
device = "/dev/disk/by-partlabel/a\\\\x20part"
fsType = ext4
neededForBoot = true
`;

const stage2 = `#!${busybox} sh
{
  echo "arguments: $*"
  while read -r _ place type options _; do
    echo "mounted: $place $type \${options%%,*}"
  done </proc/self/mounts
  echo "process: $$"
  echo 'facts: end'
} >/dev/ttyS1
exec ${busybox} poweroff -f
`;

vmTest(
  'an initrd mounts what is needed and starts a script of the store, or says what is missing',
  async () => {
    await using work = await makeWorkFolder('initrd');
    const { kernel, initrd, images } = await makeParts(work.path);
    const start = async (name: string, parameters: string): Promise<Machine> =>
      await startMachine({
        firmware: 'bios',
        images,
        folder: join(work.path, name),
        directKernel: {
          kernel,
          initrd,
          commandLine: `console=ttyS0 quiet panic=1 init=/nix/var/system/init ${parameters}`,
        },
      });
    {
      await using machine = await start(
        'good',
        `root=PARTUUID=${rootPart} rootfstype=ext4 -- single`,
      );
      const facts = await machine.factsAtEnd();
      assert.match(facts, /^arguments: single$/m);
      assert.match(facts, /^process: 1$/m);
      assert.match(facts, /^mounted: \/ ext4 ro$/m);
      // One disk under three names.
      for (const place of ['nix', 'persist', 'srv']) {
        assert.match(facts, new RegExp(`^mounted: /${place} ext4 rw$`, 'm'));
      }
      for (const place of ['dev devtmpfs', 'proc proc', 'run tmpfs', 'sys sysfs']) {
        assert.match(facts, new RegExp(`^mounted: /${place} rw$`, 'm'));
      }
    }
    {
      await using machine = await start('bad', 'root=LABEL=$(reboot) rootdelay=1');
      const said = /there is no LABEL=\$\(reboot\); block devices are: vda vda1 vdb vdb1/;
      await machine.waitFor('the message', hangSeconds, () => said.exec(machine.console)?.[0]);
      await machine.waitFor('the restart', hangSeconds, () =>
        machine.console.includes('the machine restarts in 1 s') ? true : undefined,
      );
    }
  },
  { depmod: 'kmod' },
);

interface Made {
  kernel: string;
  initrd: string;
  images: readonly [string, string];
}

/** A disk with a root that has nothing to run, and one with /nix. */
async function makeParts(folder: string): Promise<Made> {
  const parts = await obtainParts();
  const initrd = await makeOwnInitrd(folder, parts, declaration);
  const nix = join(folder, 'nix');
  for (const made of [inNix(`${tree}/usr/bin`), inNix(system), 'var', 'etc']) {
    await mkdir(join(nix, made), { recursive: true });
  }
  await cp(parts.busybox, join(nix, inNix(busybox)));
  await writeFile(join(nix, inNix(`${system}/init`)), stage2, { mode: 0o755 });
  await symlink(system, join(nix, 'var/system'));
  const bare = join(folder, 'bare');
  for (const name of ['dev', 'etc', 'nix', 'persist', 'proc', 'run', 'srv', 'sys']) {
    await mkdir(join(bare, name), { recursive: true });
  }
  return {
    kernel: parts.kernel,
    initrd,
    images: [
      await makeDisk(bare, join(folder, 'root.img'), rootPart),
      await labelled(await makeDisk(nix, join(folder, 'nix.img'), nixPart)),
    ],
  };
}

/** Where a path is on the disk that is mounted at /nix. */
function inNix(path: string): string {
  return path.slice('/nix/'.length);
}

async function labelled(image: string): Promise<string> {
  await runTool('sgdisk', ['--change-name=1:a part', image]);
  await runTool('tune2fs', ['-L', 'a label', `${image}?offset=${espOffset}`]);
  return image;
}

async function makeDisk(content: string, image: string, partUuid: string): Promise<string> {
  await writeDisks(content, [{ image, boot: [], rootFreeMiB: 8 }]);
  await runTool('sgdisk', [`--partition-guid=1:${partUuid}`, image]);
  return image;
}

test.run();
