import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../../src/host/root.ts';
import { fileOf } from '../../../src/store/tree.ts';
import { writeInitramfs } from '../../../src/system/initrd/initramfs-tools.ts';
import { memory } from '../../packages/memory.ts';

const busybox = '/bin/busybox';

/** A hook that uses a map of keys where it is newer than what it is of, as setupcon does. */
const mkinitramfs = `#!/bin/sh
cd /etc
if [ keyboard.cached -nt default/keyboard ]; then cat keyboard.cached; else echo another name each time; fi >"$2"
cat initramfs-tools/modules >>"$2"
`;
const setupcon = `#!/bin/sh
[ "$1" = --save-only ] && cp /etc/default/keyboard /etc/keyboard.cached
`;

const isThere =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', 'true']).status === 0 &&
  fs.existsSync(busybox);

function mountTest(name: string, body: () => Promise<void>): void {
  if (isThere) {
    test(name, body);
    return;
  }
  process.stdout.write(`skipped: ${name}: missing root busybox-static\n`);
  test.skip(name, body);
}

mountTest(
  'an initrd asks with the keys that are declared, and the tree stays as it is',
  async () => {
    const folder = fs.mkdtempSync(path.join(memory, 'genctl-initramfs-'));
    const place = (name: string, text: string | Buffer, mode = 0o644): void => {
      const target = path.join(folder, 'tree', name);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.writeFileSync(target, text, { mode });
      fs.utimesSync(target, 1, 1);
    };
    place('usr/bin/busybox', fs.readFileSync(busybox), 0o755);
    for (const name of ['sh', 'cat', 'cp'])
      fs.symlinkSync('busybox', `${folder}/tree/usr/bin/${name}`);
    fs.symlinkSync('usr/bin', `${folder}/tree/bin`);
    fs.mkdirSync(`${folder}/tree/usr/lib/modules`, { recursive: true });
    fs.mkdirSync(`${folder}/modules`);
    fs.mkdirSync(`${folder}/scratch`);
    place('usr/sbin/mkinitramfs', mkinitramfs, 0o755);
    place('usr/bin/setupcon', setupcon, 0o755);
    place('etc/default/keyboard', 'us\n');
    place('etc/keyboard.cached', 'us\n');
    place('etc/initramfs-tools/modules', "the package's\n");
    using root = new Root(folder);
    try {
      using scratch = root.folder('/scratch');
      const made = await writeInitramfs({
        scratch,
        tree: `${folder}/tree`,
        modules: `${folder}/modules`,
        kernelRelease: '6.1.0',
        etc: new Map([['default/keyboard', fileOf('de\n')]]),
        settings: new Map([
          ['etc/initramfs-tools/modules', { text: 'dm_mod\n', executable: false }],
        ]),
      });
      using found = made.folder;
      assert.is(found.readFile(made.name).toString(), 'de\ndm_mod\n');
      assert.is(fs.readFileSync(`${folder}/tree/etc/default/keyboard`, 'utf8'), 'us\n');
      assert.is(fs.readFileSync(`${folder}/tree/etc/keyboard.cached`, 'utf8'), 'us\n');
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
);

test.run();
