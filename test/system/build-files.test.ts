import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../src/host/root.ts';
import type { StorePath } from '../../src/store/store-path.ts';
import { buildFiles } from '../../src/system/build-files.ts';
import { readDeclaration } from '../../src/system/declaration/read-declaration.ts';
import type { BuiltSystem } from '../../src/system/system-tree.ts';
import { DeclarationFolder } from './declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

/** Builds into a store that takes everything and keeps nothing. */
async function build(text: string): Promise<BuiltSystem> {
  folder.readGood({ 'system.conf': text });
  fs.mkdirSync(path.join(folder.hostPath, 'boot'), { recursive: true });
  fs.writeFileSync(path.join(folder.hostPath, 'boot/vmlinuz-6.1'), 'kernel');
  using root = new Root(folder.hostPath);
  const add = (name: string): Promise<StorePath> =>
    Promise.resolve(`/nix/store/00000000000000000000000000000000-${name}` as StorePath);
  return await buildFiles({
    root,
    store: { add },
    configFolder: '/etc/genctl',
    declaration: readDeclaration(root),
    platform: 'x86_64-linux',
    onInput: () => undefined,
  });
}

const system = '[system]\nkernel = /boot/vmlinuz-6.1\n';

test('a module of the hardware is enough for a system to find its root', async () => {
  const { bootspec } = await build(`${system}[boot]
kernelParams = quiet
[fileSystems "/"]
device = /dev/disk/by-uuid/0a1b
fsType = btrfs
options = subvol=/@
[specialisation.old.fileSystems "/"]
options! = subvol=/@old
[specialisation.usb.boot]
kernelParams = root=/dev/sda1
`);
  const { specialisations, kernelParams } = bootspec;
  assert.equal(kernelParams, [
    'root=UUID=0a1b',
    'rootfstype=btrfs',
    'rootflags=subvol=/@',
    'quiet',
  ]);
  assert.equal(specialisations.get('old')?.kernelParams, [
    'root=UUID=0a1b',
    'rootfstype=btrfs',
    'rootflags=subvol=/@old',
    'quiet',
  ]);
  assert.equal(specialisations.get('usb')?.kernelParams, ['quiet', 'root=/dev/sda1']);
});

test('a root that no command line can name is told with its line', async () => {
  const text = `${system}[fileSystems "/"]\ndevice = UUID=0a\n[specialisation.s.fileSystems "/"]\ndevice = "LABEL=a b"\n`;
  try {
    await build(text);
  } catch (thrown) {
    assert.match(
      String(thrown),
      'system.conf:6: [specialisation.s.fileSystems "/"] device: "LABEL=a b" is nothing that',
    );
    return;
  }
  assert.unreachable('it was built');
});

test.run();
