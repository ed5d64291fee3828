import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Archive } from '../../packages/archive.ts';
import { ServedArchive } from '../../packages/served-archive.ts';
import { smallDebian, smallKernel } from '../../packages/small-debian.ts';
import { withMounts } from '../test-where.ts';
import { buildTest, errorOf, PackagedMachine } from './packaged-machine.ts';

const offline = { wrapper: ['unshare', '--net'] };

let archive: Archive;
/** A machine with a lock, where nothing has been built or fetched. */
let machine: PackagedMachine;

test.before(async () => {
  archive = await smallDebian();
  archive.add(
    { name: 'fine-tool' },
    { name: 'left-shoe', control: { Conflicts: 'right-shoe' } },
    { name: 'right-shoe' },
  );
  machine = new PackagedMachine(archive);
});
test.after(() => {
  machine[Symbol.dispose]();
  archive[Symbol.dispose]();
});

/** Builds, and expects one clear error and neither a generation nor a trace of a build. */
function assertRefused(
  code: string,
  message: RegExp,
  {
    at = machine,
    ...options
  }: { at?: PackagedMachine } & Parameters<PackagedMachine['run']>[1] = {},
): string {
  const lockBefore = at.exists(lockFile) ? at.read(lockFile) : undefined;
  const answer = at.run(['build', '--json'], { env: {}, ...options });
  assert.is(answer.exitCode, 1, answer.stderr + answer.stdout);
  const error = errorOf(answer);
  assert.is(error.code, code, error.message);
  assert.match(error.message, message);
  assert.equal(at.storePaths(), []);
  assert.equal(at.leftovers(), []);
  assert.equal(at.locks(), []);
  assert.is(at.exists(lockFile) ? at.read(lockFile) : undefined, lockBefore, 'the lock');
  return error.hint ?? '';
}

const lockFile = '/etc/genctl/genctl.lock';

/** Runs some work with a lock that was changed by hand, and puts the right one back. */
function withLock(change: (text: string) => string, work: () => void): void {
  const text = machine.read(lockFile);
  const changed = change(text);
  assert.is.not(changed, text, 'the change is one');
  machine.write(lockFile, changed);
  try {
    work();
  } finally {
    machine.write(lockFile, text);
  }
}

buildTest(
  'a name that no source has is refused where it is declared, with the nearest ones',
  () => {
    machine.declarePackages({ packages: ['fine-tol'] });
    assertRefused('PACKAGE_UNKNOWN', /system\.conf:11: .*fine-tol \(did you mean fine-tool\?\)/);
  },
);

buildTest('what cannot be a name is no argument of apt’s', () => {
  for (const name of [
    '--help',
    '-y',
    '../x',
    '"two words"',
    'fine-tool=1',
    '?essential',
    '~ntool',
    '"$(id)"',
  ]) {
    machine.declarePackages({ packages: [name] });
    assertRefused('DECLARATION_WRONG_TYPE', /systemPackages/);
  }
  // To apt, these would be orders to remove and to install.
  for (const name of ['fine-tool-', 'fine-tool+']) {
    machine.declarePackages({ packages: [name] });
    assertRefused('PACKAGE_UNKNOWN', /fine-tool/);
  }
});

buildTest('two that conflict are both named', () => {
  machine.declarePackages({ packages: ['left-shoe', 'right-shoe'] });
  assertRefused('PACKAGES_CONFLICT', /^left-shoe and right-shoe cannot be installed together/);
});

buildTest('a suite that no source has is refused', () => {
  machine.declarePackages({});
  machine.edit('/etc/genctl/system.conf', text =>
    text.replace('suite = tiny\nsources = sources', 'suite = tinny'),
  );
  assertRefused('SUITE_UNKNOWN', /do not have the suite tinny/);
});

buildTest('a dry run writes no lock', () => {
  machine.declarePackages({ packages: ['fine-tool'] });
  const { stdout } = machine.runWell('lock', '--dry-run');
  assert.match(stdout, '+ fine-tool 1');
  assert.not.ok(machine.exists(lockFile));
});

buildTest('a lock that was edited by hand is refused, and the place is named', () => {
  machine.runWell('lock');
  const first = /"sha256":"([0-9a-f]{64})"/;
  const cases: [string, (text: string) => string, RegExp][] = [
    ['a hash', text => text.replace(first, '"sha256":"abc"'), /sha256/],
    ['a path', text => text.replace('"poolPath":"', '"poolPath":"../'), /poolPath/],
    [
      'twice',
      text => text.replace(/^(.*"name":"fine-tool".*\n)/m, '$1$1'),
      /fine-tool is there twice/,
    ],
    ['one less', text => text.replace(/^.*"name":"fine-tool".*\n/m, ''), /fine-tool is not among/],
    ['cut off', text => text.slice(0, text.length / 2), /it is not JSON/],
  ];
  for (const [, change, message] of cases) {
    withLock(change, () => {
      assertRefused('LOCK_INVALID', message);
    });
  }
  withLock(
    text =>
      text
        .replace('"architecture": "amd64"', '"architecture": "arm64"')
        .replaceAll('"architecture":"amd64"', '"architecture":"arm64"'),
    () => {
      const hint = assertRefused('LOCK_OTHER_ARCHITECTURE', /is for arm64/);
      assert.match(hint, 'genctl lock --update');
    },
  );
});

buildTest('other bytes than the lock says are never installed', () => {
  const { sha256 } = archive.get('fine-tool');
  withLock(
    text => text.replace(sha256, '0'.repeat(64)),
    () => {
      const hint = assertRefused('PACKAGE_DAMAGED', /^fine-tool 1: /);
      assert.match(hint, 'genctl lock --update fine-tool');
    },
  );
  // One package under another one's name.
  const other = archive.get(smallKernel);
  const sizeOf = (file: string): number => fs.statSync(file).size;
  withLock(
    text =>
      text
        .split('\n')
        .map(line =>
          line.includes('"name":"fine-tool"')
            ? line
                .replace(sha256, other.sha256)
                .replace(/"sizeBytes":\d+/, `"sizeBytes":${sizeOf(other.path)}`)
                .replace('fine-tool_1_all.deb', path.basename(other.path))
            : line,
        )
        .join('\n'),
    () => {
      assertRefused('PACKAGE_DAMAGED', /is the package linux-image-tiny 1 all/);
    },
  );
});

buildTest(
  'a wrong byte in the cache is found by its hash, and fetched anew where that can be',
  () => {
    const cached = machine.at(`/var/cache/genctl/packages/${archive.get('fine-tool').sha256}.deb`);
    const right = fs.readFileSync(archive.get('fine-tool').path);
    const wrong = Buffer.from(right);
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
    fs.writeFileSync(cached, wrong);
    archive.withdraw('fine-tool');
    assertRefused('PACKAGE_DAMAGED', /it is not the fine-tool 1 that the lock names/);
    archive.add({ name: 'fine-tool' });
    // The next step fails: all that counts here has been fetched by then.
    const answer = machine.run(['build'], { env: { PATH: withoutProgram('dpkg-deb') } });
    assert.match(answer.stderr, 'error[PROGRAM_MISSING]: dpkg-deb');
    assert.equal(fs.readFileSync(cached), right);
  },
);

/** A PATH that has all programs but one. */
function withoutProgram(missing: string): string {
  const folder = path.join(machine.folder, `without-${missing}`);
  fs.mkdirSync(folder, { recursive: true });
  for (const from of ['/usr/bin', '/usr/sbin', path.dirname(process.execPath)]) {
    for (const name of fs.readdirSync(from)) {
      if (name === missing || fs.existsSync(path.join(folder, name))) continue;
      fs.symlinkSync(path.join(from, name), path.join(folder, name));
    }
  }
  return folder;
}

buildTest('a program that is missing is named with its package', () => {
  for (const [program, debianPackage] of [
    ['dpkg-deb', 'dpkg'],
    ['apt-config', 'apt'],
  ] as const) {
    const other = new PackagedMachine(archive);
    const hint = assertRefused('PROGRAM_MISSING', new RegExp(program), {
      at: other,
      env: { PATH: withoutProgram(program) },
    });
    assert.match(hint, new RegExp(`apt-get install ${debianPackage}$`, 'm'));
    other[Symbol.dispose]();
  }
});

buildTest('too little room for packages is said before any is fetched', () => {
  using other = new PackagedMachine(archive);
  other.runWell('lock');
  const cache = other.at('/var/cache/genctl/packages');
  fs.mkdirSync(cache, { recursive: true });
  assertRefused('NO_SPACE', /they take [\d.]+ MiB, and [\d.]+ MiB are free/, {
    at: other,
    ...withMounts(`mount -t tmpfs -o size=4m tmpfs ${cache}`),
  });
  assert.equal(fs.readdirSync(cache), []);
});

buildTest(
  'too little room half-way through an installation is said, and nothing of it stays',
  () => {
    const build = machine.at('/var/cache/genctl/build');
    fs.mkdirSync(build, { recursive: true });
    const hint = assertRefused('NO_SPACE', /no space left on device/, {
      at: machine,
      ...withMounts(`mount -t tmpfs -o size=24m tmpfs ${build}`),
    });
    assert.match(hint, '/var/cache/genctl');
  },
);

buildTest('a network that goes half-way: what came stays, the next run fetches the rest', () => {
  using other = new PackagedMachine(archive);
  using served = new ServedArchive(archive);
  other.useSources(served.source);
  other.runWell('lock');
  served.failAfter(20);
  const hint = assertRefused('APT_FAILED', /cannot fetch /, { at: other });
  assert.match(hint, 'what was fetched whole stays');
  const cached = other.names('/var/cache/genctl/packages').filter(name => name.endsWith('.deb'));
  assert.ok(cached.length > 0 && cached.length <= 20, `${cached.length}`);
  assertRefused('APT_FAILED', /cannot fetch /, { at: other, ...offline });
  served.failAfter(Number.POSITIVE_INFINITY);
  other.run(['build'], { env: { PATH: withoutProgram('dpkg-deb') } });
  assert.is(
    other.names('/var/cache/genctl/packages').filter(name => name.endsWith('.deb')).length,
    other.lock.packages.length,
  );
  const asked = served.requested();
  for (const name of cached) {
    assert.is(asked.filter(file => file === name).length <= 1, true, `${name} was fetched again`);
  }
});

buildTest('an index that says odd things makes no lock', () => {
  using other = new PackagedMachine(archive);
  const { sha256 } = archive.get('fine-tool');
  other.declarePackages({ packages: ['fine-tool'] });
  const outside = path.join(other.folder, 'outside');
  const cases: [string, (index: string) => string][] = [
    [
      'a file elsewhere',
      index => index.replace('./pool/fine-tool_1_all.deb', '../../../../etc/passwd'),
    ],
    ['an address', index => index.replace('./pool/fine-tool_1_all.deb', 'http://localhost/x.deb')],
    [
      'a name in two words',
      index => index.replace('./pool/fine-tool_1_all.deb', './pool/fine tool;id.deb'),
    ],
    ['a hash that is a path', index => index.replace(sha256, `../../../../../../${outside}`)],
    ['no hash', index => index.replace(`SHA256: ${sha256}\n`, `MD5sum: ${'0'.repeat(32)}\n`)],
    [
      'a size',
      index => index.replace(/(Filename: .\/pool\/fine-tool_1_all.deb\nSize: )\d+/, '$1-1'),
    ],
    ['a version', index => index.replace(/(Package: fine-tool\nVersion: )1/, '$11\u001b[2Jx y')],
  ];
  try {
    for (const [what, change] of cases) {
      archive.publish(index => {
        const changed = change(index);
        assert.is.not(changed, index, what);
        return changed;
      });
      fs.rmSync(other.at('/var'), { recursive: true, force: true });
      const answer = other.run(['build', '--json'], { env: {} });
      assert.is(answer.exitCode, 1, `${what}: ${answer.stdout}`);
      assert.ok(
        ['APT_FAILED', 'PACKAGES_CONFLICT', 'PACKAGE_UNKNOWN'].includes(errorOf(answer).code),
        `${what}: ${answer.stdout}`,
      );
      assert.not.match(answer.stderr + errorOf(answer).message, '\u001b[2J');
      assert.not.ok(other.exists(lockFile), `${what}: a lock`);
      assert.not.ok(fs.existsSync(outside), `${what}: a file`);
      assert.equal(other.storePaths(), [], what);
    }
  } finally {
    archive.publish();
  }
});

buildTest('without rights to make namespaces it says so', () => {
  using other = new PackagedMachine(archive);
  fs.chownSync(other.folder, 65534, 65534);
  for (const name of fs.readdirSync(other.root, { recursive: true, encoding: 'utf8' })) {
    fs.lchownSync(path.join(other.root, name), 65534, 65534);
  }
  fs.chownSync(other.root, 65534, 65534);
  const plainUser = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const hint = assertRefused('NOT_ALLOWED', /only root/, { at: other, wrapper: plainUser });
  assert.match(hint, 'root');
});

test.run();
