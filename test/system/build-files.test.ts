import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../src/host/root.ts';
import type { StorePath } from '../../src/store/store-path.ts';
import type { Tree } from '../../src/store/tree.ts';
import { buildFiles } from '../../src/system/build-files.ts';
import { readDeclaration } from '../../src/system/declaration/read-declaration.ts';
import type { BuiltSystem } from '../../src/system/system-tree.ts';
import { DeclarationFolder, type Files } from './declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

/** A system, and the texts of its toplevel by their names. */
interface Built extends BuiltSystem {
  texts: Readonly<Record<string, string>>;
}

/** Builds into a store that takes everything and keeps only the last toplevel's texts. */
async function build(text: string, etc: Files = {}): Promise<Built> {
  folder.readGood({
    'system.conf': text,
    ...Object.fromEntries(Object.entries(etc).map(([name, content]) => [`etc/${name}`, content])),
  });
  fs.mkdirSync(path.join(folder.hostPath, 'boot'), { recursive: true });
  fs.writeFileSync(path.join(folder.hostPath, 'boot/vmlinuz-6.1'), 'kernel');
  using root = new Root(folder.hostPath);
  let texts: Record<string, string> = {};
  const add = (name: string, tree: Tree): Promise<StorePath> => {
    texts = textsOf(tree);
    return Promise.resolve(`/nix/store/00000000000000000000000000000000-${name}` as StorePath);
  };
  const built = await buildFiles({
    root,
    store: { add },
    configFolder: '/etc/genctl',
    declaration: readDeclaration(root),
    platform: 'x86_64-linux',
    onInput: () => undefined,
    onLeftOut: () => undefined,
  });
  return { ...built, texts };
}

function textsOf(tree: Tree): Record<string, string> {
  const texts: Record<string, string> = {};
  if (tree.kind !== 'folder') return texts;
  for (const [name, inner] of tree.entries) {
    if (inner.kind === 'file') texts[name] = inner.content.toString();
  }
  return texts;
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

test('the manifest says how each declared file appears, and what is kept', async () => {
  const etc = {
    motd: 'hello',
    issue: 'x',
    key: 'secret',
    'systemd/system/a.service': '[Install]\nWantedBy=multi-user.target\n',
    'systemd/system-preset/a.preset': 'enable a.service\n',
  };
  const declared = `${system}[etc "key"]
mode = 0640
user = 7
[etc "motd"]
conflicts = keep
[etc "issue"]
mode = direct-symlink
`;
  const { texts } = await build(declared, etc);
  const store = '/nix/store/00000000000000000000000000000000-etc';
  const sha256 = createHash('sha256').update('secret').digest('hex');
  assert.equal(texts['etc-manifest']?.split('\n').slice(1, -1).toSorted(), [
    `copy 0640 7 0 'key' ${sha256}`,
    `direct 'issue' '${store}/issue'`,
    "direct 'systemd/system/multi-user.target.wants/a.service' '/etc/systemd/system/a.service'",
    "folder 'systemd'",
    "folder 'systemd/system'",
    "folder 'systemd/system-preset'",
    "folder 'systemd/system/multi-user.target.wants'",
    `from '${store}'`,
    "keep 'motd'",
    "link 'motd'",
    "link 'systemd/system-preset/a.preset'",
    "link 'systemd/system/a.service'",
  ]);
  const again = await build(declared, etc);
  assert.equal(again.texts, texts, 'the same declaration came to another system');
});

test.run();
