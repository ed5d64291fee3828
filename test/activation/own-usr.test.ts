// Systems that bring their own /usr: how stage 2 mounts it, and how `activate` exchanges it. All in
// a mount namespace of its own, below a root that has nothing but a store.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderInit } from '../../src/activation/init-script.ts';
import { Sandbox, type Shell, type System, shells } from './sandbox.ts';

const busybox = ['/usr/bin/busybox', '/bin/busybox'].find(file => fs.existsSync(file)) ?? '';

const canUnshare =
  busybox !== '' &&
  spawnSync('unshare', ['--mount', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'x', '/mnt'])
    .status === 0;

const links = new Map([
  ['bin', 'usr/bin'],
  ['lib', 'usr/lib'],
  ['lib64', 'usr/lib64'],
]);

/** Programs that are in dash's tree as they are in Debian's; all others are busybox's. */
const realPrograms = ['dash', 'mount', 'umount', 'cp', 'mv', 'ln', 'readlink', 'flock'];

/** An empty root with two systems, `one` and `two`, each of which brings its own /usr. */
class Machine implements Disposable {
  readonly sandbox = new Sandbox();
  readonly one: System;
  readonly two: System;

  constructor(shell: Shell) {
    fs.rmSync(this.sandbox.at('/etc'), { recursive: true });
    this.#tree('one', shell);
    this.#tree('two', shell);
    this.one = this.#system('one');
    this.two = this.#system('two');
  }

  /** Boots `one`, whose real init is a script of a busybox shell: a shell at the console runs it, too. */
  boot(scenario: string, prepare = ':', parameters = 'quiet'): { stdout: string; lines: string[] } {
    const { sandbox, one } = this;
    sandbox.write('/scenario', facts + scenario);
    fs.writeFileSync(sandbox.at('/cmdline'), `${parameters}\n`);
    const script = `
set -e
mount --make-rprivate /
mount --bind "$0" "$0"
mount -o remount,bind,suid,dev,exec "$0"
cd "$0"
${prepare}
[ ! -e proc/cmdline ] || mount --bind cmdline proc/cmdline
exec chroot . ${treeOf('one')}/usr/bin/busybox env -i ENV=/scenario ${one.systemPath}/init
`;
    const words = ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', script, sandbox.root];
    const { stdout, stderr } = spawnSync('unshare', words, {
      encoding: 'utf8',
      timeout: 600_000,
      killSignal: 'SIGKILL',
      input: '',
    });
    const all = stdout + stderr;
    return { stdout: all, lines: all.split('\n') };
  }

  #tree(name: string, shell: Shell): void {
    const { sandbox } = this;
    const usr = `${treeOf(name)}/usr`;
    sandbox.write(`${usr}/share/name`, name);
    sandbox.write(`${usr}/lib/sysimage/dpkg/status`, `packages of ${name}`);
    sandbox.write(`${modulesOf(name)}/release`, `modules of ${name}`);
    fs.mkdirSync(sandbox.at(`${usr}/lib/modules`), { recursive: true });
    const place = (file: string): string => {
      const inUsr = file.replace(/^(\/usr)?/, usr);
      fs.mkdirSync(path.dirname(sandbox.at(inUsr)), { recursive: true });
      fs.rmSync(sandbox.at(inUsr), { force: true });
      fs.copyFileSync(file, sandbox.at(inUsr));
      return inUsr;
    };
    place(busybox.replace(/^\/bin/, '/usr/bin'));
    const applets = spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n');
    for (const applet of applets) {
      if (applet !== 'busybox') sandbox.link(`${usr}/bin/${applet}`, 'busybox');
    }
    if (shell.name === 'dash') {
      for (const program of realPrograms) {
        const needed = spawnSync('ldd', [`/usr/bin/${program}`], { encoding: 'utf8' }).stdout;
        for (const [library] of needed.matchAll(/\/\S+/g)) place(library);
        place(`/usr/bin/${program}`);
      }
      fs.rmSync(sandbox.at(`${usr}/bin/sh`));
      sandbox.link(`${usr}/bin/sh`, 'dash');
    }
    sandbox.write(`${usr}/bin/real-init`, '#!/usr/bin/busybox sh\n. /scenario\n', 0o755);
    fs.chmodSync(sandbox.at(`${usr}/share/name`), 0o4755);
  }

  #system(name: string): System {
    const { sandbox } = this;
    const usr = { tree: treeOf(name), modules: modulesOf(name) };
    const system = sandbox.system(name, { motd: `motd of ${name}` }, { usr });
    const init = renderInit({
      systemPath: system.systemPath,
      inits: ['/usr/bin/real-init'],
      usr: { ...usr, links },
    });
    sandbox.write(`${system.systemPath}/init`, init, 0o755);
    sandbox.link(`${system.systemPath}/os`, usr.tree);
    sandbox.link(`${system.systemPath}/kernel-modules`, usr.modules);
    return system;
  }

  [Symbol.dispose](): void {
    this.sandbox[Symbol.dispose]();
  }
}

/** What systemd-boot has started. */
const selected = 'genctl-0123abcd-12-0a0b.conf';

function treeOf(name: string): string {
  return `/nix/store/${name}-tree`;
}

function modulesOf(name: string): string {
  return `/nix/store/${name}-modules`;
}

/** Shell functions that say what the machine is like. */
const facts = `
options_at() {
  while read -r _ place _ options _; do
    case $place in "$1") shown=$options ;; esac
  done </proc/self/mounts
  echo "$1 $shown"
}
state() {
  echo "$1: usr $(cat /usr/share/name), $(cat /usr/lib/modules/release), $(cat /etc/motd)"
}
mounts_at() {
  grep -c " $1 " /proc/self/mountinfo
}
`;

/** Makes a machine one that was converted: it has a database of packages from before. */
const convert = `
mkdir -p /var/lib/dpkg
echo 'packages from before' >/var/lib/dpkg/status
mount -o bind,ro /usr/lib/sysimage/dpkg /var/lib/dpkg
`;

for (const shell of shells()) {
  const name = (what: string): string => `own /usr under ${shell.name}: ${what}`;
  if (!canUnshare) {
    test.skip(name('boots (needs root, unshare and busybox)'), () => undefined);
    continue;
  }

  test(name('an empty root becomes a machine'), () => {
    using machine = new Machine(shell);
    const { lines, stdout } = machine.boot(`
echo "pid $$"
state booted
options_at /usr
options_at /usr/lib/modules
options_at /nix/store
touch /usr/new 2>/dev/null || echo 'usr read-only'
echo "tmp $(stat -c %a /tmp), root $(stat -c %a /root), bin $(readlink /bin)"
echo "booted $(readlink /run/booted-system)"
case $(cat /etc/machine-id) in *[!0-9a-f]*) ;; ????????????????????????????????) echo 'has an id' ;; esac
`);
    for (const line of [
      'pid 1',
      'booted: usr one, modules of one, motd of one',
      'usr read-only',
      'tmp 1777, root 700, bin usr/bin',
      `booted ${machine.one.systemPath}`,
      'has an id',
    ]) {
      assert.ok(lines.includes(line), `${line} in:\n${stdout}`);
    }
    assert.not.match(stdout, /^init:/m);
    const [usr = '', modules = '', store = ''] = lines.filter(line =>
      /^\/\S+ (?:ro|rw)/.test(line),
    );
    assert.match(usr, /^\/usr ro/);
    assert.not.match(usr, /nosuid|nodev|noexec/);
    assert.match(modules, /^\/usr\/lib\/modules ro,nosuid,nodev/);
    assert.match(store, /^\/nix\/store ro,nosuid,nodev/);
  });

  test(
    name('a root that is read-only is checked before anything writes, as fsck.mode says'),
    () => {
      /** What a checker says that ends with a code; the root is a disk as far as mounts tell. */
      const check = (code: number, parameters: string): string => {
        using machine = new Machine(shell);
        machine.sandbox.write(
          `${treeOf('one')}/usr/sbin/fsck.ext4`,
          `#!/bin/sh\necho "checked $*"\ntest ! -e /opt && echo 'as it was'\nexit ${code}\n`,
          0o755,
        );
        const prepare = `mkdir proc dev usr
mount -t proc proc proc
mknod dev/disk b 240 0
for name in bin lib lib64; do ln -s usr/$name $name; done
echo '/dev/disk / ext4 ro,relatime 0 0' >mounts
mount --bind mounts proc/1/mounts`;
        return machine.boot('state booted', prepare, parameters).stdout;
      };
      const clean = check(0, 'quiet');
      assert.match(clean, /^checked -a \/dev\/disk\nas it was$/m);
      assert.match(clean, /^booted: usr one/m);
      assert.not.match(clean, /^init:/m);
      assert.not.match(check(0, 'fsck.mode=skip'), 'checked');
      const left = check(4, 'fsck.mode=force fsck.repair=yes');
      assert.match(left, /^checked -y -f \/dev\/disk$/m);
      assert.match(left, 'fsck.ext4 /dev/disk ended with exit code 4');
      assert.match(left, /^booted: usr one/m);
      const corrected = check(3, 'quiet');
      assert.match(corrected, 'the machine restarts');
      assert.not.match(corrected, 'booted');
    },
  );

  /**
   * A boot that finds no real init, on a machine whose menu has these entries and has started
   * `selected`; `next` is what it boots next, once. Its shell restarts it.
   */
  const panic = (entries: readonly string[]): { stdout: string; next: string | undefined } => {
    using machine = new Machine(shell);
    const { sandbox } = machine;
    fs.rmSync(sandbox.at(`${treeOf('one')}/usr/bin/real-init`));
    const variable = (what: string): string =>
      sandbox.at(`/variables/${what}-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f`);
    const text = (values: readonly string[]): Buffer =>
      Buffer.concat([
        Buffer.from([6, 0, 0, 0]),
        Buffer.from(values.map(value => `${value}\0`).join(''), 'utf16le'),
      ]);
    fs.mkdirSync(sandbox.at('/variables'));
    if (entries.length > 0) {
      fs.writeFileSync(variable('LoaderEntrySelected'), text([selected]));
      fs.writeFileSync(variable('LoaderEntries'), text(entries));
    }
    // This machine's console is not theirs.
    const prepare = `mkdir proc sys dev
mount -t proc proc proc
mount -t tmpfs dev dev
mount -t tmpfs sys sys
mkdir -p sys/firmware/efi/efivars
mount --bind variables sys/firmware/efi/efivars`;
    // Process 1 of a namespace ends by a restart.
    const { stdout } = machine.boot(
      "echo 'the shell runs'\nreboot -f -f\n",
      prepare,
      'quiet genctl.panic=reboot',
    );
    const told = variable('LoaderEntryOneShot');
    return {
      stdout,
      next: fs.existsSync(told) ? fs.readFileSync(told).toString('utf16le', 4) : undefined,
    };
  };

  test(name('without a real init, the generation before is what boots next'), () => {
    const older = 'genctl-0123abcd-9-bb.conf';
    const { stdout, next } = panic([
      'Zażółć.conf',
      'genctl-0123abcd-13-dd.conf',
      'genctl-0123abcd-12-ee.conf',
      selected,
      'genctl-0123abcd-12-ff.conf',
      'genctl-99999999-10-aa.conf',
      'auto-windows',
      'genctl-0123abcd-$(reboot)-aa.conf',
      older,
      'genctl-0123abcd-8-aa.conf',
    ]);
    assert.match(stdout, 'there is no init to start');
    assert.match(stdout, `the machine restarts with the generation before, ${older}`);
    assert.not.match(stdout, 'here is a shell');
    assert.is(next, `${older}\0`);
  });

  test(name('where no other generation would start, a shell does, and no restart'), () => {
    const oldest = panic(['genctl-0123abcd-13-dd.conf', selected, 'auto-windows']);
    assert.match(oldest.stdout, 'there is no older generation in the menu');
    assert.match(oldest.stdout, /^the shell runs$/m);
    assert.is(oldest.next, undefined);
    const another = panic([]);
    assert.match(another.stdout, 'the boot loader does not say what it has started');
    assert.match(another.stdout, /^the shell runs$/m);
  });

  test(name('programs keep setuid where the initrd has locked up the store before'), () => {
    using machine = new Machine(shell);
    const locked = `mount --bind nix/store nix/store
mount -o remount,bind,ro,nosuid,nodev nix/store
mkdir etc
echo 0123456789abcdef0123456789abcdef >etc/machine-id`;
    const { stdout } = machine.boot('options_at /usr\ncat /etc/machine-id', locked);
    assert.match(stdout, /^\/usr ro/m);
    assert.not.match(stdout, /^\/usr .*(?:nosuid|nodev)/m);
    assert.match(stdout, /^0123456789abcdef0123456789abcdef$/m);
  });

  test(name('it is exchanged under running programs, and back'), () => {
    using machine = new Machine(shell);
    const { one, two } = machine;
    const { lines, stdout } = machine.boot(`
mount --make-rshared /
exec 3</usr/share/name
echo "plan $(${two.systemPath}/activate plan | head -n 1)"
state planned
${two.systemPath}/activate
state there
options_at /usr
echo "opened $(cat <&3)"
echo "again <$(${two.systemPath}/activate plan)>"
${one.systemPath}/activate >/dev/null
state back
echo "mounts $(mounts_at /usr) $(mounts_at /usr/lib/modules) $(mounts_at /run/genctl/usr)"
echo "store $(ls ${treeOf('two')}/usr/lib/modules | wc -l)"
touch /nix/store/new 2>/dev/null || echo 'store read-only'
`);
    for (const line of [
      `plan usr '${treeOf('two')}/usr'`,
      'planned: usr one, modules of one, motd of one',
      `mounted ${treeOf('two')}/usr at /usr`,
      // The kernel that runs is that of the booted system.
      'there: usr two, modules of one, motd of two',
      'opened one',
      'again <>',
      'back: usr one, modules of one, motd of one',
      'mounts 1 1 0',
      'store 0',
      'store read-only',
    ]) {
      assert.ok(lines.includes(line), `${line} in:\n${stdout}`);
    }
    const usr = lines.find(line => line.startsWith('/usr r')) ?? '';
    assert.match(usr, /^\/usr ro/);
    assert.not.match(usr, /nosuid|nodev/);
  });

  test(name('dpkg reads of what is there, also where a Debian was before'), () => {
    using machine = new Machine(shell);
    const { one, two } = machine;
    const { lines, stdout } = machine.boot(`
mount --make-rshared /
${convert}
${two.systemPath}/activate
echo "there: $(cat /var/lib/dpkg/status)"
options_at /var/lib/dpkg
echo "again <$(${two.systemPath}/activate plan)>"
${one.systemPath}/activate >/dev/null
echo "back: $(cat /var/lib/dpkg/status)"
echo "mounts $(mounts_at /var/lib/dpkg)"
umount /var/lib/dpkg
echo "kept: $(cat /var/lib/dpkg/status)"
`);
    for (const line of [
      'there: packages of two',
      'again <>',
      'back: packages of one',
      'mounts 1',
      'kept: packages from before',
    ]) {
      assert.ok(lines.includes(line), `${line} in:\n${stdout}`);
    }
    assert.match(stdout, /^\/var\/lib\/dpkg ro/m);
  });

  // busybox's shell takes its own applets, whatever is in the PATH.
  if (shell.name === 'busybox') continue;

  test(name('a kill between any two mounts leaves a whole /usr, and is mended'), () => {
    using machine = new Machine(shell);
    const { sandbox, one, two } = machine;
    for (const tool of ['mount', 'umount', 'mkdir', 'rmdir']) {
      sandbox.write(
        `/fault/${tool}`,
        `#!/usr/bin/busybox sh
read -r left </fault/left
echo $((left - 1)) >/fault/left
[ $left != 1 ] || kill -9 $PPID
/usr/bin/${tool} "$@"
`,
        0o755,
      );
    }
    const { lines, stdout } = machine.boot(`
mount --make-rshared /
${convert}
PATH=/fault:/usr/bin
echo 1000 >/fault/left
${two.systemPath}/activate >/dev/null
${one.systemPath}/activate >/dev/null
echo 1000 >/fault/left
${two.systemPath}/activate >/dev/null
read -r left </fault/left
calls=$((1000 - left))
echo "calls $calls"
attack() {
  echo $1 >/fault/left
  $2 >/dev/null 2>&1 && echo 'not killed'
  echo 1000 >/fault/left
  case $(cat /usr/share/name /usr/lib/modules/release) in
    'onemodules of one' | 'twomodules of one') ;;
    *) echo "torn at $1" ;;
  esac
  $3 >/dev/null
  state "after"
  echo "read $(cat /var/lib/dpkg/status)"
  echo "left $(mounts_at /run/genctl/usr)"
}
at=1
while [ $at -le $calls ]; do
  ${one.systemPath}/activate >/dev/null
  # Forwards and back in turn: each comes after kills at all kinds of points.
  case $((at % 2)) in
    0) attack $at ${two.systemPath}/activate ${one.systemPath}/activate ;;
    1) attack $at ${two.systemPath}/activate ${two.systemPath}/activate ;;
  esac
  at=$((at + 1))
done
`);
    const calls = Number(/^calls (\d+)$/m.exec(stdout)?.[1]);
    assert.ok(calls >= 8, stdout);
    const count = (line: string): number => lines.filter(each => each === line).length;
    assert.is(count('after: usr two, modules of one, motd of two'), Math.ceil(calls / 2), stdout);
    assert.is(count('after: usr one, modules of one, motd of one'), Math.floor(calls / 2), stdout);
    assert.is(count('read packages of two'), Math.ceil(calls / 2), stdout);
    assert.is(count('read packages of one'), Math.floor(calls / 2), stdout);
    assert.is(count('left 0'), calls, stdout);
    assert.not.match(stdout, /torn|not killed/);
  });
}

test('shellcheck has nothing against both scripts but what they name themselves', () => {
  const [shell] = shells();
  if (shell === undefined || spawnSync('shellcheck', ['--version']).error !== undefined) return;
  using machine = new Machine(shell);
  const { activate, systemPath } = machine.one;
  const scripts = [activate, machine.sandbox.at(`${systemPath}/init`)];
  const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', ...scripts], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stdout);
});

test.run();
