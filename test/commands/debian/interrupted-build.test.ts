import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Archive } from '../../packages/archive.ts';
import { smallDebian } from '../../packages/small-debian.ts';
import { buildTest, errorOf, PackagedMachine } from './packaged-machine.ts';

let archive: Archive;
let machine: PackagedMachine;

test.before(async () => {
  archive = await smallDebian();
  archive.add(
    {
      name: 'slow-tool',
      files: { 'usr/bin/slow-tool': '#!/bin/sh\n' },
      scripts: { postinst: '#!/bin/sh -e\nsleep 1\ntouch /etc/slow-tool\n' },
    },
    {
      name: 'broken-tool',
      scripts: {
        postinst:
          '#!/bin/sh\necho "looking for the frob"\necho "frob: not \u001b[31mfound" >&2\nexit 7\n',
      },
    },
  );
  machine = new PackagedMachine(archive);
});
test.after(() => {
  machine[Symbol.dispose]();
  archive[Symbol.dispose]();
});

/** Where something below a folder is mounted, in whatever mount namespace of this host. */
function mountsBelow(folder: string): string[] {
  return fs
    .readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const lines = fs.readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n');
        return lines.filter(line => line.includes(folder)).map(line => `${pid}: ${line}`);
      } catch {
        return [];
      }
    });
}

/** Store paths are there whole or not at all: what is not one yet has a name of a draft. */
function assertWhole(): void {
  const drafts = machine.names('/nix/store').filter(name => name.startsWith('.'));
  const [paths, known] = [machine.storePaths(), machine.names('/nix/var/genctl/narinfo')];
  const hashes = new Set(known.map(name => name.replace(/\.narinfo$/, '')));
  const trees = new Set(machine.names('/nix/var/genctl/os-trees').map(name => name.slice(0, 32)));
  for (const name of paths) {
    const hash = name.slice(0, 32);
    assert.ok(hashes.has(hash) || trees.has(hash), `${name} is known; drafts: ${drafts.join()}`);
  }
}

interface Ended {
  code: number | null;
  signal: string | null;
}

/** Starts a build and sends it a signal as soon as something is there. */
async function buildUntil(isThere: () => boolean, end: 'SIGINT' | 'SIGKILL'): Promise<Ended> {
  const child = machine.start(['build']);
  child.stderr?.resume();
  child.stdout?.resume();
  const ended = new Promise<Ended>(resolve => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  while (child.exitCode === null && !isThere()) await moment();
  // A terminal's Ctrl-C comes to all that run; a kill to genctl alone.
  if (child.pid !== undefined) process.kill(end === 'SIGINT' ? -child.pid : child.pid, end);
  return await ended;
}

async function moment(): Promise<void> {
  await new Promise(resolve => {
    setTimeout(resolve, 20);
  });
}

/** Whether a file is there in the tree that is being built, and holds something. */
function isBuilt(file: string): boolean {
  const folder = '/var/cache/genctl/build';
  return machine
    .names(folder)
    .some(
      name =>
        fs.statSync(machine.at(`${folder}/${name}/tree/${file}`), { throwIfNoEntry: false })?.size,
    );
}

/** What the kernel has to end may take a moment. */
async function assertNothingMounted(): Promise<void> {
  for (let tries = 0; mountsBelow(machine.folder).length > 0 && tries < 3000; tries += 1) {
    await moment();
  }
  assert.equal(mountsBelow(machine.folder), []);
}

buildTest(
  'a build that is interrupted or killed anywhere leaves nothing half, nothing mounted',
  async () => {
    machine.declarePackages({ packages: ['slow-tool'] });
    const moments: [string, () => boolean, 'SIGINT' | 'SIGKILL'][] = [
      ['packages are sought', () => machine.exists('/var/cache/genctl/apt'), 'SIGINT'],
      ['some are fetched', () => machine.names('/var/cache/genctl/packages').length > 3, 'SIGKILL'],
      ['some are laid', () => isBuilt('usr/bin/dpkg'), 'SIGKILL'],
      ['some are installed', () => isBuilt('var/lib/dpkg/status'), 'SIGINT'],
      ['one waits', () => isBuilt('usr/bin/slow-tool'), 'SIGKILL'],
      [
        'the kernel is in the store',
        () => machine.names('/nix/var/genctl/narinfo').length > 0,
        'SIGKILL',
      ],
    ];
    for (const [what, isThere, end] of moments) {
      const { code, signal } = await buildUntil(isThere, end);
      assert.ok(signal === end || code === 130, `${what}: ${end} in time: ${code} ${signal}`);
      await assertNothingMounted();
      assertWhole();
      assert.not.ok(machine.exists('/etc/genctl/genctl.lock'), what);
      assert.equal(
        machine.storePaths().filter(name => name.includes('genctl-system')),
        [],
      );
    }
    const built = machine.build();
    assert.ok(fs.existsSync(built.inTree('usr/bin/slow-tool')));
    assert.ok(fs.existsSync(built.inEtc('slow-tool')));
    // What was left of the builds before has not come into this one.
    assert.is(machine.build({ args: ['--check'] }).toplevel, built.toplevel);
  },
);

buildTest(
  'a package that cannot be configured makes no generation, and its last words are told',
  async () => {
    const before = machine.storePaths();
    const lock = machine.read('/etc/genctl/genctl.lock');
    machine.declarePackages({ packages: ['slow-tool', 'broken-tool'] });
    const answer = machine.run(['build', '--json'], { env: {} });
    assert.is(answer.exitCode, 1);
    const { code, message } = errorOf(answer);
    assert.is(code, 'PACKAGE_FAILED');
    assert.match(
      message,
      /^cannot install broken-tool: .*exit status 7: .*looking for the frob; .*frob: not .*found/,
    );
    assert.not.match(message, '\u001b');
    await assertNothingMounted();
    assert.equal(machine.leftovers(), []);
    assert.equal(machine.storePaths(), before);
    assert.is(machine.read('/etc/genctl/genctl.lock'), lock);

    archive.withdraw('broken-tool');
    archive.add({ name: 'broken-tool', version: '2', files: { 'usr/bin/mended': '#!/bin/sh\n' } });
    const { json, stderr } = machine.run(['lock', '--json'], { env: {} });
    assert.match(JSON.stringify(json), '"broken-tool"', stderr);
    assert.ok(fs.existsSync(machine.build().inTree('usr/bin/mended')));
  },
);

test.run();
