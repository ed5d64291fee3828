import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atSync, syncCount } from '../commands/at-sync.ts';
import { systemBootedFrom } from '../commands/boots.ts';
import { Sandbox } from '../commands/sandbox.ts';
import { snapshotOf } from '../commands/tree-snapshot.ts';
import { canTrace, runTraced } from './crash-machine.ts';

const esps = ['/boot', '/boot2'] as const;

/** Every system call that changes something. */
const calls = 'rename,link,fsync,mkdir,symlink,unlink,rmdir,write,pwrite64,ftruncate';

/** How many crashes each test looks at, evenly spread. */
const share = Number(process.env['GENCTL_TEST_KILLS'] ?? 6);

const template = prepare();
/** What generations 1 and 2 boot. */
const systems = new Map([1, 2].map(number => [template.target(number), number]));
process.on('exit', () => {
  template[Symbol.dispose]();
});

/** A machine with two boot partitions and two generations; a third one is built. */
function prepare(): Sandbox {
  const sandbox = Sandbox.blank();
  fs.mkdirSync(sandbox.at('/boot2/EFI'), { recursive: true });
  for (const esp of esps) sandbox.write(`${esp}/EFI/Microsoft/bootmgfw.efi`, `windows of ${esp}`);
  for (let number = 1; number <= 3; number++) {
    fs.rmSync(sandbox.at('/boot-parts'), { recursive: true });
    sandbox.write('/boot-parts/vmlinuz-6', `kernel ${number}`);
    sandbox.write('/boot-parts/initrd.img-6', `initrd ${number}`);
    sandbox.declare({
      label: `n${number}`,
      loader: esps.map(esp => `efiSysMountPoint = ${esp}`),
      etc: { motd: `motd ${number}\n` },
    });
    if (number === 1) sandbox.runWell('loader', 'install');
    if (number < 3) sandbox.runWell('switch');
    else sandbox.runWell('build');
  }
  return sandbox;
}

function copyOf(source: Sandbox): Sandbox {
  const copy = new Sandbox();
  assert.is(spawnSync('cp', ['-a', source.root, copy.root]).status, 0);
  return copy;
}

/** Which generation a partition boots; the third one may have no link yet. Its system has to be there. */
function bootsOf(sandbox: Sandbox, esp: string, where: string): number {
  const system = systemBootedFrom(sandbox.root, { esp: sandbox.at(esp) });
  assert.ok(sandbox.exists(system), `${where}: ${esp} boots ${system}, which is gone`);
  return systems.get(system) ?? 3;
}

function assertForeign(sandbox: Sandbox, where: string): void {
  for (const esp of esps) {
    if (!sandbox.exists(`${esp}/EFI/Microsoft`)) continue;
    assert.is(sandbox.read(`${esp}/EFI/Microsoft/bootmgfw.efi`), `windows of ${esp}`, where);
  }
}

function assertAlike(sandbox: Sandbox, where: string): void {
  const [left, right] = esps.map(esp =>
    [...snapshotOf(sandbox.at(esp))].filter(
      ([path]) => !/ledger-[ab]$|Microsoft\/|\/genctl\/[^/]*$/.test(path),
    ),
  );
  assert.equal(left, right, `${where}: the mirrors are alike`);
}

/** Runs a switch that is killed at stages on either partition, each on a machine of its own. */
function killedEverywhere(check: (sandbox: Sandbox, where: string) => void): void {
  const points = esps.flatMap(esp =>
    Array.from({ length: stagesOf(esp) }, (_, index) => ({ esp, stage: index + 1 })),
  );
  assert.ok(points.length >= 8, `only ${points.length} stages were seen`);
  for (const { esp, stage } of spread(points)) {
    using sandbox = copyOf(template);
    const hook = atSync(sandbox, sandbox.at(esp), stage, 'kill -9 $PPID; exit 1');
    const { signal } = sandbox.run(['switch'], hook);
    assert.is(signal, 'SIGKILL');
    check(sandbox, `killed at stage ${stage} of ${esp}`);
  }
}

/** How many stages the switch has on a partition. */
function stagesOf(esp: string): number {
  using sandbox = copyOf(template);
  sandbox.run(['switch'], atSync(sandbox, sandbox.at(esp), 0, ':'));
  return syncCount(sandbox);
}

/** Some of a list, evenly spread. */
function spread<T>(all: readonly T[]): T[] {
  const every = Math.max(1, Math.ceil(all.length / share));
  return all.filter((_, index) => index % every === 0);
}

for (const verb of [['switch'], ['rollback'], ['gc', '--keep', '1']]) {
  const name = `killed at any system call, ${verb[0]} leaves each mirror the old machine or the new one`;
  if (!canTrace) {
    process.stdout.write(`skipped, strace is missing or may not trace: ${name}\n`);
    test.skip(name);
    continue;
  }
  test(name, () => {
    using start = copyOf(template);
    if (verb[0] === 'gc') start.runWell('switch');
    using whole = copyOf(start);
    const { calls: all } = runTraced(whole.root, verb, calls);
    const [before, after] = [start, whole].map(each => bootsOf(each, '/boot', 'whole'));
    for (const call of spread(all)) {
      const where = `${verb.join(' ')}, killed at ${call.name} ${call.occurrence}`;
      using sandbox = copyOf(start);
      runTraced(sandbox.root, verb, calls, { call, what: 'signal=KILL' });
      for (const esp of esps) {
        assert.ok([before, after].includes(bootsOf(sandbox, esp, where)), `${where}: ${esp}`);
      }
      sandbox.runWell('recover');
      assertAlike(sandbox, `${where}, recovered`);
      assertForeign(sandbox, where);
      sandbox.runWell('menu', 'sync');
      assertAlike(sandbox, `${where}, synced`);
      const boots = bootsOf(sandbox, '/boot', where);
      assert.is(sandbox.current(), boots, `${where}: the profile is what boots`);
      sandbox.runWell('menu', 'verify');
    }
  });
}

test('recovery with a mirror missing goes on, and the mirror catches up', () => {
  killedEverywhere((sandbox, where) => {
    fs.renameSync(sandbox.at('/boot2'), sandbox.at('/away'));
    const recovered = sandbox.run(['recover']);
    assert.is(recovered.exitCode, 3, `${where}: ${recovered.stderr}`);
    assert.match(recovered.stderr, `MIRROR_BEHIND]: ${sandbox.at('/boot2')}: `);
    const boots = bootsOf(sandbox, '/boot', where);
    assert.is(sandbox.current(), boots, where);
    const next = sandbox.run(['switch']);
    assert.is(next.exitCode, 3, `${where}: ${next.stderr}`);
    assert.is(bootsOf(sandbox, '/boot', where), 3);
    fs.renameSync(sandbox.at('/away'), sandbox.at('/boot2'));
    bootsOf(sandbox, '/boot2', where);
    sandbox.runWell('menu', 'sync');
    assert.is(bootsOf(sandbox, '/boot2', where), 3);
    assertAlike(sandbox, where);
    sandbox.runWell('menu', 'verify');
    assertForeign(sandbox, where);
  });
});

test('recovery with another disk in the place of a mirror touches nothing there', () => {
  using other = prepare();
  killedEverywhere((sandbox, where) => {
    fs.renameSync(sandbox.at('/boot2'), sandbox.at('/away'));
    assert.is(spawnSync('cp', ['-a', other.at('/boot2'), sandbox.at('/boot2')]).status, 0);
    const before = [...snapshotOf(sandbox.at('/boot2'))];
    const recovered = sandbox.run(['recover']);
    assert.is(recovered.exitCode, 3, `${where}: ${recovered.stderr}`);
    assert.match(recovered.stderr, '(JOURNAL_OF_ANOTHER_ESP)');
    assert.equal([...snapshotOf(sandbox.at('/boot2'))], before, where);
    fs.rmSync(sandbox.at('/boot2'), { recursive: true });
    fs.renameSync(sandbox.at('/away'), sandbox.at('/boot2'));
    sandbox.runWell('switch');
    for (const esp of esps) assert.is(bootsOf(sandbox, esp, where), 3);
    assertAlike(sandbox, where);
    sandbox.runWell('menu', 'verify');
  });
});

test('recovery with an older copy of the same mirror in its place leaves that bootable', () => {
  killedEverywhere((sandbox, where) => {
    // A clone of the first partition, as somebody makes one who exchanges a disk.
    fs.rmSync(sandbox.at('/boot2'), { recursive: true });
    assert.is(spawnSync('cp', ['-a', sandbox.at('/boot'), sandbox.at('/boot2')]).status, 0);
    const recovered = sandbox.run(['recover']);
    assert.ok([0, 3].includes(recovered.exitCode ?? -1), `${where}: ${recovered.stderr}`);
    for (const esp of esps) bootsOf(sandbox, esp, where);
    sandbox.runWell('switch');
    for (const esp of esps) assert.is(bootsOf(sandbox, esp, where), 3);
    sandbox.runWell('menu', 'verify');
  });
});

test('recovery with the first ESP missing is refused, and nothing is lost', () => {
  killedEverywhere((sandbox, where) => {
    fs.renameSync(sandbox.at('/boot'), sandbox.at('/away'));
    const before = [...sandbox.snapshot({ leaveOut: ['/run'] })];
    for (const args of [['recover'], ['switch'], ['menu', 'sync']]) {
      const refused = sandbox.run(args);
      assert.is(refused.exitCode, 1, `${where}: ${refused.stderr}`);
      assert.match(refused.stderr, 'error[ESP_NOT_MOUNTED]');
    }
    assert.equal([...sandbox.snapshot({ leaveOut: ['/run'] })], before, where);
    fs.renameSync(sandbox.at('/away'), sandbox.at('/boot'));
    sandbox.runWell('recover');
    assertAlike(sandbox, where);
    sandbox.runWell('switch');
    for (const esp of esps) assert.is(bootsOf(sandbox, esp, where), 3);
  });
});

test.run();
