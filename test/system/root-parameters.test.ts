import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../src/errors.ts';
import { rootParameters } from '../../src/system/root-parameters.ts';
import { DeclarationFolder } from './declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

function parametersOf(text: string): readonly string[] {
  const declaration = folder.readGood({ 'system.conf': text });
  return rootParameters(declaration, (option, item) =>
    declaration.origin(option, { subject: '/', item }),
  );
}

const root = (...lines: readonly string[]): string => `[fileSystems "/"]\n${lines.join('\n')}\n`;

/** A declaration of the root file system, and what an initrd is told. */
const derived: readonly (readonly [text: string, parameters: readonly string[]])[] = [
  ['', []],
  ['[fileSystems "/home"]\ndevice = UUID=0a', []],
  [root('fsType = ext4', 'options = noatime'), []],
  [
    root('device = /dev/disk/by-uuid/1c9a2d6e-0f6e', 'fsType = ext4', 'options = noatime'),
    ['root=UUID=1c9a2d6e-0f6e', 'rootfstype=ext4'],
  ],
  [root('device = /dev/disk/by-partuuid/7b0c-02'), ['root=PARTUUID=7b0c-02']],
  [root('device = LABEL=root', 'fsType = auto'), ['root=LABEL=root']],
  // udev escapes what a label holds: only the whole path is sure to be it.
  [
    root('device = "/dev/disk/by-label/a\\\\x20b"', 'fsType = xfs'),
    ['root=/dev/disk/by-label/a\\x20b', 'rootfstype=xfs'],
  ],
  [
    root(
      'device = /dev/mapper/vg-root',
      'fsType = btrfs',
      'options = compress=zstd:1',
      'options = subvol=/@',
      'options = degraded',
      'options = x-systemd.device-timeout=5',
    ),
    ['root=/dev/mapper/vg-root', 'rootfstype=btrfs', 'rootflags=subvol=/@,degraded'],
  ],
  [root('device = rpool/ROOT/debian', 'fsType = zfs'), ['root=ZFS=rpool/ROOT/debian']],
  [root('device = myfs', 'fsType = virtiofs'), ['root=myfs', 'rootfstype=virtiofs']],
  // Who names the root knows better.
  [`[boot]\nkernelParams = quiet root=/dev/vda1\n${root('device = UUID=0a')}`, []],
  [`[boot]\nkernelParams = "\\"root=/dev/vda1\\""\n${root('device = UUID=0a')}`, []],
  [`[boot]\nkernelParams = rootwait\n${root('device = UUID=0a')}`, ['root=UUID=0a']],
  [
    `[boot]\nkernelParams = rootflags=subvol=x rootfstype=ext3\n${root('device = UUID=0a', 'fsType = btrfs', 'options = subvol=y')}`,
    ['root=UUID=0a'],
  ],
];

for (const [text, parameters] of derived) {
  test(`${text.split('\n').slice(-4).join(' ')}: ${parameters.join(' ')}`, () => {
    assert.equal(parametersOf(text), parameters);
  });
}

/** What no command line can say, and where it was declared. */
const refused: readonly (readonly [text: string, place: string])[] = [
  [root('device = "LABEL=my root"'), '2: [fileSystems "/"] device: "LABEL=my root"'],
  [root('device = "LABEL=a\\"b"'), '2: [fileSystems "/"] device: "LABEL=a\\"b"'],
  [root('device = "LABEL=a\'b"'), '2: [fileSystems "/"] device: "LABEL=a\'b"'],
  [root('device = LABEL=wurzel-ä'), '2: [fileSystems "/"] device: "LABEL=wurzel-ä"'],
  [root('device = tmpfs', 'fsType = tmpfs'), '2: [fileSystems "/"] device: "tmpfs"'],
  [root('device = server:/export'), '2: [fileSystems "/"] device: "server:/export"'],
  [
    root('device = UUID=0a', 'options = noatime', 'options = subvol=my root'),
    '4: [fileSystems "/"] options: "subvol=my root"',
  ],
];

for (const [text, place] of refused) {
  test(`refuses ${place}`, () => {
    try {
      parametersOf(text);
    } catch (thrown) {
      assert.instance(thrown, GenctlError);
      const { code, message, hint } = thrown as GenctlError;
      assert.is(code, 'ROOT_NOT_NAMEABLE');
      assert.is(
        message.replace(`${folder.config}/`, ''),
        `system.conf:${place} is nothing that the kernel's command line can name for the root file system`,
      );
      assert.match(hint ?? '', 'write root= into [boot] kernelParams yourself');
      return;
    }
    assert.unreachable('it was accepted');
  });
}

test.run();
