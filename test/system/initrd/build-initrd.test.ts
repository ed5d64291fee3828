import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../../src/host/root.ts';
import { LocalStore } from '../../../src/store/local-store.ts';
import type { StorePath } from '../../../src/store/store-path.ts';
import { folderOf } from '../../../src/store/tree.ts';
import { buildInitrd } from '../../../src/system/initrd/build-initrd.ts';
import { configurationOf } from './sample-configuration.ts';
import { toolTest } from './tool-test.ts';

const hash = '0'.repeat(32);
const tree = `/nix/store/${hash}-tree` as StorePath;
const modules = `/nix/store/${hash}-modules` as StorePath;
const kernelRelease = '6.12.1';
/** `module`, as Debian 13 packs modules. */
const packed = '/Td6WFoAAAFpIt42AgAhARwAAAAQz1jMAQAFbW9kdWxlAAAAKCYkDAABGgbF6sh5kEKZDQEAAAAAAVla';
const busybox = '/bin/busybox';

/** A root with a tree of busybox alone, and with a kernel that has two modules. */
class Machine implements Disposable {
  readonly hostPath = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-initrd-'));
  readonly root: Root;
  added = 0;

  constructor() {
    this.place(`${tree}/usr/bin/busybox`, fs.readFileSync(busybox), 0o755);
    const folder = `${modules}/${kernelRelease}`;
    this.place(
      `${folder}/modules.dep`,
      'kernel/ext4.ko.xz: kernel/jbd2.ko\nkernel/jbd2.ko:\nkernel/other.ko:\n',
    );
    this.place(`${folder}/modules.alias`, 'alias fs-ext4 ext4\n');
    this.place(`${folder}/modules.builtin`, '');
    this.place(`${folder}/kernel/ext4.ko.xz`, Buffer.from(packed, 'base64'));
    this.place(`${folder}/kernel/jbd2.ko`, 'plain');
    this.place(`${folder}/kernel/other.ko`, 'other');
    this.root = new Root(this.hostPath);
  }

  place(logicalPath: string, content: string | Buffer, mode = 0o644): void {
    const target = path.join(this.hostPath, logicalPath);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content, { mode });
  }

  async build(): Promise<StorePath> {
    const store = new LocalStore(this.root);
    return await buildInitrd({
      root: this.root,
      store: {
        has: path => store.has(path),
        add: (name, content) => {
          this.added += 1;
          return store.add(name, content);
        },
      },
      configuration: configurationOf('[fileSystems "/"]\ndevice = UUID=1\nfsType = ext4\n'),
      etc: folderOf({}),
      tree,
      modules,
      kernelRelease,
      originOf: () => undefined,
      reuse: true,
    });
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    spawnSync('chmod', ['-R', 'u+rwX', '--', this.hostPath]);
    fs.rmSync(this.hostPath, { recursive: true });
  }
}

const busyboxTest = toolTest(busybox, 'busybox-static');

busyboxTest('two machines make the same initrd, with modules unpacked and no others', async () => {
  using here = new Machine();
  using there = new Machine();
  const initrd = await here.build();
  assert.is(await there.build(), initrd);
  assert.match(initrd, /-initrd-6\.12\.1$/);
  const archive = gunzipSync(fs.readFileSync(here.root.onHost(initrd)));
  const read = (name: string): string =>
    spawnSync(
      busybox,
      ['sh', '-c', 'cd "$1" && cpio -id 2>/dev/null && cat "$2"', 'sh', here.hostPath, name],
      {
        input: archive,
      },
    ).stdout.toString();
  assert.is(read('lib/modules/6.12.1/kernel/ext4.ko'), 'module');
  assert.is(read('lib/modules/6.12.1/kernel/jbd2.ko'), 'plain');
  assert.match(read('init'), /^modprobe -aq -- 'ext4'$/m);
  assert.not.ok(fs.existsSync(path.join(here.hostPath, 'lib/modules/6.12.1/kernel/other.ko')));
});

busyboxTest(
  'what was made is not made again, unless it is gone or something in it changes',
  async () => {
    using machine = new Machine();
    const initrd = await machine.build();
    await machine.build();
    assert.is(machine.added, 1);
    fs.rmSync(machine.root.onHost(initrd), { force: true });
    fs.rmSync(machine.root.onHost('/nix/var/genctl/narinfo'), { recursive: true });
    assert.is(await machine.build(), initrd);
    assert.is(machine.added, 2);
    fs.appendFileSync(machine.root.onHost(`${tree}/usr/bin/busybox`), 'newer');
    assert.is.not(await machine.build(), initrd);
  },
);

busyboxTest('nothing is left of an interrupted run, nor of one that is done', async () => {
  using machine = new Machine();
  // By its name, of another boot.
  machine.place('/var/cache/genctl/build/.genctl-draft-00000000-1-1-1-aaaaaaaa0/initrd', 'half');
  await machine.build();
  assert.equal(fs.readdirSync(machine.root.onHost('/var/cache/genctl/build')), []);
});

test.run();
