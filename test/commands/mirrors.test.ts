import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atSync, syncCount } from './at-sync.ts';
import { systemBootedFrom, systemsShown } from './boots.ts';
import { PrivateMounts } from './private-mounts.ts';
import { assertRefused, storeOnly } from './refusal.ts';
import { type Answer, Sandbox } from './sandbox.ts';
import { canMount, testWhere } from './test-where.ts';
import { changesBetween, snapshotOf } from './tree-snapshot.ts';

const needsMounts = 'mounts in a namespace';

const prepared = new Map<string, Sandbox>();
test.after(() => {
  for (const sandbox of prepared.values()) sandbox[Symbol.dispose]();
});

/** A machine that boots from several partitions, with so many generations of other kernels. */
function mirrored(esps: readonly string[], generations: number): Sandbox {
  const key = `${generations} on ${esps.join(' ')}`;
  const made = prepared.get(key) ?? prepare(esps, generations);
  prepared.set(key, made);
  return made.copy();
}

function prepare(esps: readonly string[], generations: number): Sandbox {
  const sandbox = Sandbox.blank();
  for (const esp of esps) fs.mkdirSync(sandbox.at(`${esp}/EFI`), { recursive: true });
  declareNext(sandbox, esps, 1);
  sandbox.runWell('loader', 'install');
  for (let number = 1; number <= generations; number++) {
    declareNext(sandbox, esps, number);
    sandbox.runWell('switch');
  }
  return sandbox;
}

function declareNext(sandbox: Sandbox, esps: readonly string[], number: number): void {
  fs.rmSync(sandbox.at('/boot-parts'), { recursive: true });
  sandbox.write('/boot-parts/vmlinuz-6', `kernel ${number} ${'k'.repeat(20_000)}`);
  sandbox.write('/boot-parts/initrd.img-6', `initrd ${number} ${'i'.repeat(30_000)}`);
  sandbox.declare({
    label: `n${number}`,
    loader: esps.map(esp => `efiSysMountPoint = ${esp}`),
  });
}

function assertBoots(sandbox: Sandbox, esp: string, number: number, where = ''): void {
  const system = systemBootedFrom(sandbox.root, { esp: sandbox.at(esp) });
  assert.is(system, sandbox.target(number), `${where}: ${esp} boots generation ${number}`);
}

function assertShows(sandbox: Sandbox, esp: string, numbers: readonly number[], where = ''): void {
  const wanted = numbers.map(number => sandbox.target(number)).toSorted();
  assert.equal(systemsShown(sandbox.root, sandbox.at(esp)), wanted, `${where}: ${esp}`);
}

function assertAlike(sandbox: Sandbox, esps: readonly string[], where: string): void {
  const [first = '', ...others] = esps;
  for (const esp of others) {
    assert.equal(
      [...snapshotOf(sandbox.at(esp))],
      [...snapshotOf(sandbox.at(first))],
      `${where}: ${esp} is like ${first}`,
    );
  }
}

/** All is done but for one mirror, which is named together with what to do. */
function assertBehind(sandbox: Sandbox, answer: Answer, esp: string, code: string): void {
  assert.is(answer.exitCode, 3, answer.stderr);
  const lines = answer.stderr.replaceAll(sandbox.root, 'ROOT').split('\n');
  const at = lines.findIndex(line => line.startsWith(`warning[MIRROR_BEHIND]: ROOT${esp}: `));
  assert.ok(at >= 0, `nothing is said of ${esp}: ${answer.stderr}`);
  assert.match(lines[at] ?? '', `(${code})`);
  assert.match(lines[at + 1] ?? '', /^hint: .*`genctl menu sync`/);
}

/** What is said of a command that finds nothing to complain about. */
function assertClean(sandbox: Sandbox): void {
  const answer = sandbox.runWell('menu', 'verify');
  assert.not.match(answer.stderr, 'warning[', answer.stderr);
}

for (const esps of [
  ['/boot', '/boot2'],
  ['/boot', '/boot2', '/efi/third'],
]) {
  test(`${esps.length} ESPs are kept alike by every verb`, () => {
    using sandbox = mirrored(esps, 3);
    const check = (number: number, shown: readonly number[], where: string): void => {
      assertAlike(sandbox, esps, where);
      for (const esp of esps) assertBoots(sandbox, esp, number, where);
      for (const esp of esps) assertShows(sandbox, esp, shown, where);
    };
    check(3, [1, 2, 3], 'switch');
    sandbox.runWell('rollback');
    check(2, [1, 2, 3], 'rollback');
    sandbox.runWell('boot', '1');
    check(1, [1, 2, 3], 'boot 1');
    sandbox.runWell('switch', '3');
    sandbox.runWell('gc', '--keep', '2');
    assert.equal(sandbox.numbers(), [2, 3]);
    check(3, [2, 3], 'gc');
    assertClean(sandbox);
    const before = sandbox.snapshot({ withTimes: true });
    for (const args of [['switch'], ['menu', 'sync'], ['gc', '--keep', '2'], ['menu', 'repair']]) {
      assert.match(sandbox.runWell(...args, '--json').stdout, '"changed":false', args.join(' '));
    }
    assert.equal(sandbox.snapshot({ withTimes: true }), before, 'a second run writes nothing');
  });
}

test('a mirror that is missing: the other is done, and it catches up when it is back', () => {
  const esps = ['/boot', '/boot2'];
  using sandbox = mirrored(esps, 2);
  fs.renameSync(sandbox.at('/boot2'), sandbox.at('/away'));
  fs.mkdirSync(sandbox.at('/boot2'));
  declareNext(sandbox, esps, 3);
  assertBehind(sandbox, sandbox.run(['switch']), '/boot2', 'ESP_NOT_MOUNTED');
  assertBoots(sandbox, '/boot', 3);
  assert.equal(sandbox.names('/boot2'), [], 'nothing is written below the mount point');
  assertBehind(sandbox, sandbox.run(['switch']), '/boot2', 'ESP_NOT_MOUNTED');
  const verified = sandbox.run(['menu', 'verify']);
  assert.is(verified.exitCode, 3);
  assert.match(verified.stderr, 'ROOT/boot2: '.replace('ROOT', sandbox.root));
  const told = sandbox.run(['status']);
  assert.is(told.exitCode, 3);
  assert.match(told.stderr, 'MIRROR_BEHIND');
  fs.rmdirSync(sandbox.at('/boot2'));
  fs.renameSync(sandbox.at('/away'), sandbox.at('/boot2'));
  assertBoots(sandbox, '/boot2', 2);
  const drift = sandbox.run(['menu', 'verify']);
  assert.is(drift.exitCode, 3);
  assert.match(drift.stderr, /MIRROR_DRIFT.*\/boot2: it lacks generation 3/);
  assert.match(drift.stderr, /MIRROR_DRIFT.*their defaults differ/);
  sandbox.runWell('menu', 'sync');
  assertBoots(sandbox, '/boot2', 3);
  assertShows(sandbox, '/boot2', [1, 2, 3]);
  assertClean(sandbox);
});

test('the first ESP is missing: the second decides', () => {
  const esps = ['/boot', '/boot2'];
  using sandbox = mirrored(esps, 2);
  fs.renameSync(sandbox.at('/boot'), sandbox.at('/away'));
  assertBehind(sandbox, sandbox.run(['rollback']), '/boot', 'ESP_NOT_MOUNTED');
  assertBoots(sandbox, '/boot2', 1);
  assert.is(sandbox.current(), 1);
  const { json } = sandbox.run(['list', '--json']);
  const rows = (json as { generations: { number: number; default: boolean }[] }).generations;
  assert.equal(
    rows.filter(row => row.default).map(row => row.number),
    [1],
  );
  fs.renameSync(sandbox.at('/away'), sandbox.at('/boot'));
  sandbox.runWell('switch', '1');
  for (const esp of esps) assertBoots(sandbox, esp, 1);
  assertClean(sandbox);
});

test('the first ESP comes back with an old default: menu sync does not undo the rollback', () => {
  const esps = ['/boot', '/boot2'];
  using sandbox = mirrored(esps, 3);
  fs.renameSync(sandbox.at('/boot'), sandbox.at('/away'));
  assertBehind(sandbox, sandbox.run(['switch', '1']), '/boot', 'ESP_NOT_MOUNTED');
  fs.renameSync(sandbox.at('/away'), sandbox.at('/boot'));
  sandbox.runWell('menu', 'sync');
  for (const esp of esps) assertBoots(sandbox, esp, 1);
});

test('all ESPs are missing: refused', () => {
  const esps = ['/boot', '/boot2'];
  using sandbox = mirrored(esps, 1);
  for (const esp of esps) fs.renameSync(sandbox.at(esp), sandbox.at(`${esp}-away`));
  declareNext(sandbox, esps, 2);
  assertRefused(sandbox, ['switch'], {
    code: 'ESP_NOT_MOUNTED',
    message: 'no EFI system partition is mounted at ROOT/boot',
    hint: /mkdir -p/,
  });
});

test('one partition that is named twice, by a link or by its name, is refused', () => {
  using sandbox = mirrored(['/boot'], 1);
  fs.symlinkSync('boot', sandbox.at('/efi'));
  for (const [other, code] of [
    ['/efi', 'MIRROR_SAME'],
    ['/boot/', 'DECLARATION_CONFLICT'],
    ['/boot', 'DECLARATION_CONFLICT'],
  ] as const) {
    sandbox.declare({ loader: ['efiSysMountPoint = /boot', `efiSysMountPoint = ${other}`] });
    for (const args of [['switch'], ['loader', 'install']]) {
      const before = sandbox.snapshot();
      const answer = sandbox.run(args);
      assert.is(answer.exitCode, 1, `${other}: ${answer.stderr}`);
      assert.match(answer.stderr, `error[${code}]: `);
      assert.match(answer.stderr, '\nhint: ');
      const changed = changesBetween(before, sandbox.snapshot());
      assert.equal(
        changed.filter(line => !storeOnly.test(line.slice(2))),
        [],
      );
    }
  }
});

test('a blank disk in the place of a broken mirror is no reason to refuse a rollback', () => {
  const esps = ['/boot', '/boot2'];
  using sandbox = mirrored(esps, 2);
  fs.renameSync(sandbox.at('/boot2'), sandbox.at('/broken'));
  fs.mkdirSync(sandbox.at('/boot2/EFI'), { recursive: true });
  assertBehind(sandbox, sandbox.run(['rollback']), '/boot2', 'LOADER_NOT_INSTALLED');
  assertBoots(sandbox, '/boot', 1);
  sandbox.runWell('loader', 'install');
  sandbox.runWell('menu', 'sync');
  for (const esp of esps) assertBoots(sandbox, esp, 1);
  assertClean(sandbox);
});

test('a mirror whose ledger a newer genctl wrote, or whose loader.conf is too long, is left alone', () => {
  const esps = ['/boot', '/boot2'];
  for (const [path, text, code] of [
    ['/boot2/loader/loader.conf', `timeout 1\n# ${'x'.repeat(600)}\n`, 'LOADER_CONF_TOO_LONG'],
    ['ledger', 'genctl-ledger 2 9 abc\n{}\n', 'LEDGER_TOO_NEW'],
  ] as const) {
    using sandbox = mirrored(esps, 2);
    const [owner] = sandbox.names('/boot2/loader/genctl');
    const places =
      path === 'ledger'
        ? ['a', 'b'].map(slot => `/boot2/loader/genctl/${owner}/ledger-${slot}`)
        : [path];
    for (const place of places) sandbox.write(place, text);
    const before = [...snapshotOf(sandbox.at('/boot2'))];
    assertBehind(sandbox, sandbox.run(['rollback']), '/boot2', code);
    assertBoots(sandbox, '/boot', 1);
    assert.equal([...snapshotOf(sandbox.at('/boot2'))], before);
  }
});

test('a mirror that is missing when the loader is installed', () => {
  const esps = ['/boot', '/boot2'];
  using sandbox = Sandbox.blank();
  declareNext(sandbox, esps, 1);
  assertBehind(sandbox, sandbox.run(['loader', 'install']), '/boot2', 'ESP_NOT_MOUNTED');
  assertBehind(sandbox, sandbox.run(['switch']), '/boot2', 'ESP_NOT_MOUNTED');
  assertBoots(sandbox, '/boot', 1);
  fs.mkdirSync(sandbox.at('/boot2/EFI'), { recursive: true });
  sandbox.runWell('loader', 'install');
  sandbox.runWell('menu', 'sync');
  for (const esp of esps) assertBoots(sandbox, esp, 1);
});

test('another loader on a mirror is left alone, and the first gets ours', () => {
  const esps = ['/boot', '/boot2'];
  using sandbox = Sandbox.blank();
  sandbox.write('/boot2/EFI/BOOT/BOOTX64.EFI', 'MZ grub');
  declareNext(sandbox, esps, 1);
  assertBehind(sandbox, sandbox.run(['loader', 'install']), '/boot2', 'LOADER_FOREIGN');
  assert.is(sandbox.read('/boot2/EFI/BOOT/BOOTX64.EFI'), 'MZ grub');
  assert.ok(sandbox.exists('/boot/EFI/BOOT/BOOTX64.EFI'));
});

test('a mirror may be declared later, and their order may change', () => {
  using sandbox = mirrored(['/boot'], 2);
  fs.mkdirSync(sandbox.at('/boot2/EFI'), { recursive: true });
  const esps = ['/boot2', '/boot'];
  for (const order of [esps, esps.toReversed()]) {
    declareNext(sandbox, order, 2);
    sandbox.runWell('loader', 'install');
    sandbox.runWell('switch');
    for (const esp of esps) assertBoots(sandbox, esp, sandbox.current() ?? 0);
    for (const esp of esps) assertShows(sandbox, esp, sandbox.numbers());
    assertClean(sandbox);
  }
});

test('what was collected while a mirror was away leaves it at the next sync', () => {
  const esps = ['/boot', '/boot2'];
  using sandbox = mirrored(esps, 3);
  fs.renameSync(sandbox.at('/boot2'), sandbox.at('/away'));
  assertBehind(sandbox, sandbox.run(['gc', '--keep', '1']), '/boot2', 'ESP_NOT_MOUNTED');
  assert.equal(sandbox.numbers(), [3]);
  fs.renameSync(sandbox.at('/away'), sandbox.at('/boot2'));
  const drift = sandbox.run(['menu', 'verify']);
  assert.match(drift.stderr, /\/boot2: it still shows generation 1, generation 2/);
  sandbox.runWell('menu', 'sync');
  assertShows(sandbox, '/boot2', [3]);
  assert.is(sandbox.names('/boot2/EFI/genctl').length, 1);
  assertClean(sandbox);
});

test('menu verify names damage on each partition, and menu repair mends both', () => {
  const esps = ['/boot', '/boot2'];
  using sandbox = mirrored(esps, 2);
  const [owner] = sandbox.names('/boot/EFI/genctl');
  const blobs = sandbox.names(`/boot/EFI/genctl/${owner}`);
  const harmed = [
    `/boot/EFI/genctl/${owner}/${blobs[0]}`,
    `/boot2/EFI/genctl/${owner}/${blobs[1]}`,
    `/boot2/loader/entries/${sandbox.entries()[0]}`,
  ];
  for (const place of harmed) {
    const text = sandbox.read(place);
    sandbox.write(place, `X${text.slice(1)}`);
  }
  const gone = `/boot/EFI/genctl/${owner}/${blobs[2]}`;
  fs.rmSync(sandbox.at(gone));
  const verified = sandbox.run(['menu', 'verify']);
  assert.is(verified.exitCode, 3);
  for (const place of [...harmed, gone]) assert.match(verified.stderr, sandbox.at(place));
  const repaired = sandbox.runWell('menu', 'repair');
  assert.match(repaired.stdout, '4 of 4 damaged files are mended');
  for (const esp of esps) assertBoots(sandbox, esp, 2);
  assertClean(sandbox);
  assert.match(sandbox.runWell('menu', 'repair').stdout, 'nothing is damaged');
});

testWhere(canMount, needsMounts, 'a mirror that is mounted read-only, and then is not', () => {
  const esps = ['/boot', '/boot2'];
  using sandbox = mirrored(esps, 2);
  const boot2 = sandbox.at('/boot2');
  using mounts = new PrivateMounts(
    `mount --bind ${boot2} ${boot2}; mount -o remount,ro,bind ${boot2}`,
  );
  declareNext(sandbox, esps, 3);
  assertBehind(sandbox, sandbox.run(['switch'], mounts.inside), '/boot2', 'ESP_READ_ONLY');
  assertBoots(sandbox, '/boot', 3);
  assertBoots(sandbox, '/boot2', 2);
  mounts.do(`mount -o remount,rw,bind ${boot2}`);
  const synced = sandbox.run(['menu', 'sync'], mounts.inside);
  assert.is(synced.exitCode, 0, synced.stderr);
  for (const esp of esps) assertBoots(sandbox, esp, 3);
});

testWhere(
  canMount,
  needsMounts,
  'what the menu of a read-only mirror shows is not collected',
  () => {
    const esps = ['/boot', '/boot2'];
    using sandbox = mirrored(esps, 2);
    const boot2 = sandbox.at('/boot2');
    using mounts = new PrivateMounts(
      `mount --bind ${boot2} ${boot2}; mount -o remount,ro,bind ${boot2}`,
    );
    for (const number of [3, 4]) {
      declareNext(sandbox, esps, number);
      assertBehind(sandbox, sandbox.run(['switch'], mounts.inside), '/boot2', 'ESP_READ_ONLY');
    }
    const collected = sandbox.run(['gc', '--keep', '1'], mounts.inside);
    assertBehind(sandbox, collected, '/boot2', 'ESP_READ_ONLY');
    assert.equal(sandbox.numbers(), [1, 2, 4]);
    assertBoots(sandbox, '/boot', 4);
    assertBoots(sandbox, '/boot2', 2);
    for (const entry of sandbox.names('/boot2/loader/entries')) {
      const init = /init=(\S+)/.exec(sandbox.read(`/boot2/loader/entries/${entry}`))?.[1] ?? '';
      assert.ok(sandbox.exists(init), `${entry} boots ${init}`);
    }
  },
);

/** Puts a tmpfs of a size in the place of a folder, with what that holds. */
function ontoTmpfs(sandbox: Sandbox, esp: string, size: string): PrivateMounts {
  const [place, parked] = [sandbox.at(esp), `${sandbox.folder}/parked`];
  fs.mkdirSync(parked);
  return new PrivateMounts(
    `mount -t tmpfs -o size=${size} tmpfs ${parked}; cp -a ${place}/. ${parked}; mount --move ${parked} ${place}`,
  );
}

/** Runs a switch to generation 3 for each stage of it on a mirror, where something happens. */
function atEachStage(
  size: string,
  action: (boot2: string) => string,
  check: (sandbox: Sandbox, mounts: PrivateMounts, answer: Answer, where: string) => void,
): void {
  const esps = ['/boot', '/boot2'];
  for (let stage = 1; ; stage++) {
    using sandbox = mirrored(esps, 2);
    const boot2 = sandbox.at('/boot2');
    using mounts = ontoTmpfs(sandbox, '/boot2', size);
    declareNext(sandbox, esps, 3);
    const hook = atSync(sandbox, boot2, stage, action(boot2));
    const answer = sandbox.run(['switch'], { ...mounts.inside, ...hook });
    if (syncCount(sandbox) < stage) {
      assert.ok(stage > 3, `only ${stage - 1} stages were seen`);
      return;
    }
    check(sandbox, mounts, answer, `stage ${stage}: ${answer.stderr}`);
  }
}

testWhere(canMount, needsMounts, 'a mirror turns read-only half-way, at any stage', () => {
  const action = (boot2: string): string => `mount -o remount,ro ${boot2}`;
  let behind = 0;
  atEachStage('8M', action, (sandbox, mounts, answer, where) => {
    assertBoots(sandbox, '/boot', 3, where);
    const seen = mounts.at(sandbox.at('/boot2'));
    const boots = systemBootedFrom(sandbox.root, { esp: seen });
    if (boots !== sandbox.target(3)) {
      behind += 1;
      assert.is(boots, sandbox.target(2), where);
      assertBehind(sandbox, answer, '/boot2', 'READ_ONLY');
    }
    const again = sandbox.run(['menu', 'sync'], mounts.inside);
    assertBehind(sandbox, again, '/boot2', 'ESP_READ_ONLY');
    mounts.do(`mount -o remount,rw ${sandbox.at('/boot2')}`);
    const synced = sandbox.run(['menu', 'sync'], mounts.inside);
    assert.is(synced.exitCode, 0, synced.stderr);
    assert.is(systemBootedFrom(sandbox.root, { esp: seen }), sandbox.target(3), where);
    const verified = sandbox.run(['menu', 'verify'], mounts.inside);
    assert.is(verified.exitCode, 0, `${where}${verified.stderr}`);
  });
  assert.ok(behind > 1);
});

testWhere(canMount, needsMounts, 'somebody fills a mirror up half-way, at any stage', () => {
  const fill = (boot2: string): string => `dd if=/dev/zero of=${boot2}/filler bs=4096 2>/dev/null`;
  let behind = 0;
  atEachStage('1M', fill, (sandbox, mounts, answer, where) => {
    assertBoots(sandbox, '/boot', 3, where);
    const seen = mounts.at(sandbox.at('/boot2'));
    const isMoved = systemBootedFrom(sandbox.root, { esp: seen }) === sandbox.target(3);
    if (!isMoved) {
      behind += 1;
      assertBehind(sandbox, answer, '/boot2', 'NO_SPACE');
      // What is expendable makes room for what has to be shown, if that is enough.
      const full = sandbox.run(['menu', 'sync'], mounts.inside);
      if (full.exitCode === 0) {
        assert.match(full.stderr, /MENU_EVICTED\]: generation 1: .*\/boot2 for lack of room/);
      } else {
        assertBehind(sandbox, full, '/boot2', 'ESP_FULL');
        assert.match(full.stderr, /of which the largest are filler \([\d.]+ KiB\)\./);
      }
      const number = full.exitCode === 0 ? 3 : 2;
      assert.is(systemBootedFrom(sandbox.root, { esp: seen }), sandbox.target(number), where);
    }
    mounts.do(`rm ${sandbox.at('/boot2')}/filler`);
    const synced = sandbox.run(['menu', 'sync'], mounts.inside);
    assert.is(synced.exitCode, 0, synced.stderr);
    const all = [1, 2, 3].map(number => sandbox.target(number)).toSorted();
    assert.equal(systemsShown(sandbox.root, seen), all, where);
    assert.is(systemBootedFrom(sandbox.root, { esp: seen }), sandbox.target(3), where);
    const verified = sandbox.run(['menu', 'verify'], mounts.inside);
    assert.is(verified.exitCode, 0, `${where}${verified.stderr}`);
  });
  assert.ok(behind > 1);
});

test.run();
