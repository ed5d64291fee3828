import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atSync } from './at-sync.ts';
import { systemBootedFrom, systemsShown } from './boots.ts';
import { PrivateMounts } from './private-mounts.ts';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { canMount, hasProgram, testWhere } from './test-where.ts';
import { changesBetween, snapshotOf } from './tree-snapshot.ts';

interface Place {
  esp: string;
  xbootldr?: string;
}

const separate: readonly Place[] = [{ esp: '/efi', xbootldr: '/boot' }];

function machineWith(places: readonly Place[], generations: number): Sandbox {
  const sandbox = Sandbox.blank();
  fs.rmSync(sandbox.at('/boot'), { recursive: true });
  for (const { esp, xbootldr } of places) {
    fs.mkdirSync(sandbox.at(`${esp}/EFI`), { recursive: true });
    if (xbootldr !== undefined) fs.mkdirSync(sandbox.at(`${xbootldr}/loader`), { recursive: true });
  }
  declareNext(sandbox, places, 1);
  sandbox.runWell('loader', 'install');
  for (let number = 1; number <= generations; number++) {
    declareNext(sandbox, places, number);
    sandbox.runWell('switch');
  }
  return sandbox;
}

function declareNext(sandbox: Sandbox, places: readonly Place[], number: number): void {
  fs.rmSync(sandbox.at('/boot-parts'), { recursive: true });
  sandbox.write('/boot-parts/vmlinuz-6', `kernel ${number} ${'k'.repeat(20_000)}`);
  sandbox.write('/boot-parts/initrd.img-6', `initrd ${number} ${'i'.repeat(30_000)}`);
  declarePlaces(sandbox, places, number);
}

function declarePlaces(sandbox: Sandbox, places: readonly Place[], number: number): void {
  const loader = [
    ...places.map(({ esp }) => `efiSysMountPoint = ${esp}`),
    ...places.flatMap(({ xbootldr }) =>
      xbootldr === undefined ? [] : [`xbootldrMountPoint = ${xbootldr}`],
    ),
  ];
  sandbox.declare({ label: `n${number}`, loader });
}

function assertBoots(sandbox: Sandbox, { esp, xbootldr = esp }: Place, number: number): void {
  const folders = { esp: sandbox.at(esp), boot: sandbox.at(xbootldr) };
  assert.is(systemBootedFrom(sandbox.root, folders), sandbox.target(number));
}

function assertShows(sandbox: Sandbox, path: string, numbers: readonly number[]): void {
  const wanted = numbers.map(number => sandbox.target(number)).toSorted();
  assert.equal(systemsShown(sandbox.root, sandbox.at(path)), wanted);
}

/** Files below a folder of the machine, by their path in it. */
function filesBelow(sandbox: Sandbox, path: string): string[] {
  return [...snapshotOf(sandbox.at(path))].flatMap(([name, what]) =>
    what.startsWith('file') ? [name] : [],
  );
}

function assertClean(sandbox: Sandbox): void {
  const answer = sandbox.runWell('menu', 'verify');
  assert.not.match(answer.stderr, 'warning[', answer.stderr);
}

test('entries and kernels are on XBOOTLDR; the loader and its settings on the ESP', () => {
  using sandbox = machineWith(separate, 3);
  assertBoots(sandbox, { esp: '/efi', xbootldr: '/boot' }, 3);
  assertShows(sandbox, '/boot', [1, 2, 3]);
  const ofEsp = filesBelow(sandbox, '/efi').map(name => name.replace(/[0-9a-f]{8}/, 'OWNER'));
  assert.equal(ofEsp.toSorted(), [
    '/EFI/BOOT/BOOTX64.EFI',
    '/EFI/systemd/systemd-bootx64.efi',
    '/loader/genctl/OWNER/ledger-a',
    '/loader/loader.conf',
  ]);
  assert.not.ok(filesBelow(sandbox, '/boot').includes('/loader/loader.conf'));
  sandbox.runWell('rollback');
  assertBoots(sandbox, { esp: '/efi', xbootldr: '/boot' }, 2);
  sandbox.runWell('gc', '--delete', '1');
  assertShows(sandbox, '/boot', [2, 3]);
  assertClean(sandbox);
  const before = sandbox.snapshot({ withTimes: true });
  for (const args of [
    ['switch', '2'],
    ['menu', 'sync'],
    ['menu', 'repair'],
  ]) {
    assert.match(sandbox.runWell(...args, '--json').stdout, '"changed":false');
  }
  assert.equal(sandbox.snapshot({ withTimes: true }), before);
});

test('damage on XBOOTLDR is found and mended', () => {
  using sandbox = machineWith(separate, 2);
  const [owner] = sandbox.names('/boot/EFI/genctl');
  const [blob] = sandbox.names(`/boot/EFI/genctl/${owner}`);
  const harmed = `/boot/EFI/genctl/${owner}/${blob}`;
  sandbox.write(harmed, `X${sandbox.read(harmed).slice(1)}`);
  const verified = sandbox.run(['menu', 'verify']);
  assert.is(verified.exitCode, 3);
  assert.match(verified.stderr, sandbox.at(harmed));
  assert.match(sandbox.runWell('menu', 'repair').stdout, '1 of 1 damaged files are mended');
  assertBoots(sandbox, { esp: '/efi', xbootldr: '/boot' }, 2);
  assertClean(sandbox);
});

test('an XBOOTLDR that is not mounted is refused, and nothing is written in its place', () => {
  using sandbox = machineWith(separate, 1);
  fs.renameSync(sandbox.at('/boot'), sandbox.at('/away'));
  fs.mkdirSync(sandbox.at('/boot'));
  declareNext(sandbox, separate, 2);
  for (const args of [['switch'], ['menu', 'sync'], ['loader', 'install']]) {
    assertRefused(sandbox, args, {
      code: 'XBOOTLDR_NOT_MOUNTED',
      message: 'no extended boot partition is mounted at ROOT/boot',
      hint: /mkdir -p ROOT\/boot\/loader$/,
    });
  }
});

test('fewer xbootldrMountPoint than efiSysMountPoint is refused with both named', () => {
  using sandbox = machineWith(separate, 1);
  fs.mkdirSync(sandbox.at('/efi2/EFI'), { recursive: true });
  sandbox.declare({
    loader: ['efiSysMountPoint = /efi', 'efiSysMountPoint = /efi2', 'xbootldrMountPoint = /boot'],
  });
  const before = sandbox.snapshot();
  const answer = sandbox.run(['switch']);
  assert.is(answer.exitCode, 1);
  assert.match(answer.stderr, 'xbootldrMountPoint');
  assert.match(answer.stderr, 'efiSysMountPoint');
  assert.equal(changesBetween(before, sandbox.snapshot()), []);
});

test('ESP and XBOOTLDR that are the same partition are refused', () => {
  using sandbox = machineWith([{ esp: '/efi' }], 1);
  fs.mkdirSync(sandbox.at('/efi/loader'), { recursive: true });
  fs.symlinkSync('efi', sandbox.at('/boot'));
  declarePlaces(sandbox, separate, 2);
  const before = [...snapshotOf(sandbox.at('/efi'))];
  const answer = sandbox.run(['switch']);
  assert.is(answer.exitCode, 1, answer.stderr);
  assert.match(answer.stderr, 'error[MIRROR_SAME]');
  assert.equal([...snapshotOf(sandbox.at('/efi'))], before);
});

test('moving to XBOOTLDR: the old files on the ESP go, and nothing else does', () => {
  using sandbox = machineWith([{ esp: '/efi' }], 2);
  sandbox.write('/efi/loader/entries/debian.conf', 'title Debian\nlinux /vmlinuz\n');
  fs.mkdirSync(sandbox.at('/boot/loader'), { recursive: true });
  declareNext(sandbox, separate, 3);
  const space = sandbox.runWell('switch', '--dry-run');
  assert.match(space.stdout, sandbox.at('/boot/'));
  sandbox.runWell('switch');
  assertBoots(sandbox, { esp: '/efi', xbootldr: '/boot' }, 3);
  assertShows(sandbox, '/boot', [1, 2, 3]);
  assert.equal(sandbox.names('/efi/loader/entries'), ['debian.conf']);
  const [owner] = sandbox.names('/efi/EFI/genctl');
  assert.equal(sandbox.names(`/efi/EFI/genctl/${owner}`), []);
  assertClean(sandbox);
  // And back again.
  declareNext(sandbox, [{ esp: '/efi' }], 4);
  sandbox.runWell('switch');
  assertBoots(sandbox, { esp: '/efi' }, 4);
  assertShows(sandbox, '/efi', [1, 2, 3, 4]);
  assertClean(sandbox);
});

/** Stages of the move: more than there are does no harm. */
const mostStages = 12;

test('killed at any stage of the move to XBOOTLDR, the machine boots the old default or the new', () => {
  let [forward, back] = [0, 0];
  for (const volume of ['/efi', '/boot']) {
    for (let stage = 1; stage <= mostStages; stage++) {
      using sandbox = machineWith([{ esp: '/efi' }], 2);
      fs.mkdirSync(sandbox.at('/boot/loader'), { recursive: true });
      declareNext(sandbox, separate, 3);
      sandbox.runWell('build');
      const hook = atSync(sandbox, sandbox.at(volume), stage, 'kill -9 $PPID; exit 1');
      const { signal } = sandbox.run(['switch'], hook);
      if (signal === undefined) break;
      assert.is(signal, 'SIGKILL');
      // systemd-boot looks for entries on both partitions.
      const boots = [sandbox.at('/boot'), sandbox.at('/efi')].flatMap(boot => {
        const conf = fs.readFileSync(sandbox.at('/efi/loader/loader.conf'), 'utf8');
        const id = /^default (\S+)$/m.exec(conf)?.[1] ?? '';
        const isThere = fs.existsSync(`${boot}/loader/entries/${id}`);
        return isThere ? [systemBootedFrom(sandbox.root, { esp: sandbox.at('/efi'), boot })] : [];
      });
      assert.ok(boots.length > 0, `${volume} ${stage}: the default is nowhere`);
      sandbox.runWell('recover');
      if (sandbox.current() === 3) {
        forward += 1;
        assertBoots(sandbox, { esp: '/efi', xbootldr: '/boot' }, 3);
      } else {
        back += 1;
        assertBoots(sandbox, { esp: '/efi' }, 2);
      }
      sandbox.runWell('switch');
      assert.equal(sandbox.names('/efi/loader/entries'), []);
      assertClean(sandbox);
    }
  }
  assert.ok(forward > 0 && back > 0, `${forward} forward, ${back} back`);
});

const pair: readonly Place[] = [
  { esp: '/efi', xbootldr: '/boot' },
  { esp: '/efi2', xbootldr: '/boot2' },
];

test('two mirrors with an XBOOTLDR each are kept alike, and one without its XBOOTLDR falls behind', () => {
  using sandbox = machineWith(pair, 2);
  for (const place of pair) assertBoots(sandbox, place, 2);
  assert.equal([...snapshotOf(sandbox.at('/boot'))], [...snapshotOf(sandbox.at('/boot2'))]);
  assert.equal([...snapshotOf(sandbox.at('/efi'))], [...snapshotOf(sandbox.at('/efi2'))]);
  fs.renameSync(sandbox.at('/boot2'), sandbox.at('/away'));
  const esp2 = [...snapshotOf(sandbox.at('/efi2'))];
  declareNext(sandbox, pair, 3);
  const behind = sandbox.run(['switch']);
  assert.is(behind.exitCode, 3);
  assert.match(behind.stderr, `warning[MIRROR_BEHIND]: ${sandbox.at('/efi2')}: `);
  assert.match(behind.stderr, '(XBOOTLDR_NOT_MOUNTED)');
  assert.equal([...snapshotOf(sandbox.at('/efi2'))], esp2, 'its default does not move alone');
  fs.renameSync(sandbox.at('/away'), sandbox.at('/boot2'));
  sandbox.runWell('menu', 'sync');
  for (const place of pair) assertBoots(sandbox, place, 3);
  assertClean(sandbox);
});

/** Ids of `bootctl list --json`: systemd 252 prints one document an entry, later ones a list. */
function idsIn(text: string): string[] {
  return text
    .split('\n')
    .filter(line => line.startsWith('{') || line.startsWith('['))
    .flatMap(line => JSON.parse(line) as { id: string } | { id: string }[])
    .map(({ id }) => id)
    .filter(id => !id.startsWith('auto-'));
}

/** `bootctl` takes only the top of a file system for a boot partition. */
function ontoTmpfs(sandbox: Sandbox, paths: readonly string[]): PrivateMounts {
  const parked = `${sandbox.folder}/parked`;
  fs.mkdirSync(parked);
  const scripts = paths.map(
    path =>
      `mount -t tmpfs tmpfs ${parked}; cp -a ${path}/. ${parked}; mount --move ${parked} ${path}`,
  );
  return new PrivateMounts(scripts.join('; '));
}

const hasBootctl = canMount && hasProgram('bootctl', '--version');

testWhere(hasBootctl, 'bootctl, or mounts in a namespace', 'bootctl agrees with menu show', () => {
  using sandbox = machineWith(separate, 3);
  sandbox.write('/boot/loader/entries/debian.conf', 'title Debian\nlinux /vmlinuz\n');
  sandbox.write('/boot/vmlinuz', 'foreign kernel');
  sandbox.runWell('switch', '2');
  using mounts = ontoTmpfs(sandbox, [sandbox.at('/efi'), sandbox.at('/boot')]);
  const [program = '', ...rest] = mounts.inside.wrapper;
  const places = [`--esp-path=${sandbox.at('/efi')}`, `--boot-path=${sandbox.at('/boot')}`];
  const bootctl = (...args: readonly string[]): string => {
    const env = { ...process.env, SYSTEMD_RELAX_ESP_CHECKS: '1' };
    const relaxed = { ...env, SYSTEMD_RELAX_XBOOTLDR_CHECKS: '1' };
    const options = { encoding: 'utf8', env: relaxed } as const;
    const answer = spawnSync(program, [...rest, 'bootctl', ...places, ...args], options);
    assert.is(answer.status, 0, answer.stderr);
    return answer.stdout;
  };
  const { json } = sandbox.run(['menu', 'show', '--json'], mounts.inside);
  const { entries } = json as { entries: { id: string; isDefault: boolean }[] };
  assert.is(entries.length, 4);
  assert.equal(
    idsIn(bootctl('list', '--json=short')),
    entries.map(({ id }) => id),
  );
  // For people, the default is marked behind its title.
  const said = bootctl('--no-pager', 'list')
    .split('\n\n')
    .find(block => block.includes('(default)'));
  assert.match(said ?? '', `id: ${entries.find(({ isDefault }) => isDefault)?.id}`);
});

test.run();
