// What apt and dpkg of a Debian say when packages are declared. They run with the real database of
// this machine, which is mounted read-only for them.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { refusePackageChanges } from '../../../src/system/debian/refuse-packages.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-refuse-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
for (const { path: file, text, mode } of refusePackageChanges()) {
  fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  fs.writeFileSync(path.join(folder, file), text, { mode });
}

/** Runs a command beside the generated files, where nothing of the machine can change. */
function inside(command: string): { said: string; status: number | null } {
  const script = `
set -e
mount --make-rprivate /
for place in /var/lib/dpkg /usr; do
  mount --bind $place $place
  mount -o remount,bind,ro $place
done
mount -t tmpfs tmpfs /run
mkdir -p /run/current-system/os
ln -s /usr /run/current-system/os/usr
mount --bind "$0/dpkg" /etc/dpkg
export APT_CONFIG="$0/apt/apt.conf.d/99genctl"
# Without lists of what mirrors have, apt has little to read.
mkdir -p "$0/lists"
apt() {
  apt-get -o Dir::State::Lists="$0/lists" -o Dir::Cache="$0" --yes --allow-remove-essential "$@"
}
${command}
`;
  const { stdout, stderr, status } = spawnSync('unshare', ['-m', 'sh', '-c', script, folder], {
    encoding: 'utf8',
  });
  return { said: stdout + stderr, status };
}

const declare = /genctl: to add one, put a line "systemPackages = NAME" below \[environment\] in/;
const where =
  'genctl: /etc/genctl/system.conf; to remove one, take its line out; then run: genctl switch';

const isThere =
  inside('[ -x /usr/bin/dpkg ] && [ -x /usr/bin/apt-get ] && dpkg-query --status sed').status === 0;

if (!isThere) {
  test.skip('apt and dpkg say how to declare a package (needs root and a Debian)', () => undefined);
} else {
  for (const command of [
    'dpkg --remove sed',
    'dpkg --install /nowhere.deb',
    'dpkg --configure --pending',
    'apt remove sed',
  ]) {
    test(`${command.split(' ')[0]} says how to declare a package: ${command}`, () => {
      const { said, status } = inside(command);
      assert.not.equal(status, 0, said);
      assert.match(said, declare);
      assert.ok(said.includes(where), said);
    });
  }

  test('a Debian that is booted beside generations changes its own packages', () => {
    for (const command of ['dpkg --configure --pending', 'apt remove sed']) {
      const { said } = inside(`rm /run/current-system/os/usr\n${command}`);
      assert.not.match(said, /genctl/);
    }
  });

  test('reads go on, and so does a simulation', () => {
    for (const command of ['dpkg --list sed', 'apt --simulate remove sed']) {
      const { said, status } = inside(command);
      assert.is(status, 0, said);
      assert.not.match(said, /genctl/);
    }
  });

  test('another root is not refused', () => {
    const { said } = inside('mkdir "$0/root"; dpkg --root="$0/root" --configure --pending');
    assert.not.match(said, /genctl:/);
  });
}

test.run();
