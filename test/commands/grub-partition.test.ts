import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atSync, syncCount } from './at-sync.ts';
import {
  declareGrub,
  goWell,
  grubFolder,
  grubMachine,
  systemBootedByGrub,
  systemsInGrub,
} from './grub-machine.ts';
import { PrivateMounts } from './private-mounts.ts';
import { assertRefused, storeOnly } from './refusal.ts';
import { type Answer, Sandbox } from './sandbox.ts';
import { canMount, hasProgram, testWhere } from './test-where.ts';
import { changesBetween, type Snapshot, snapshotOf } from './tree-snapshot.ts';

const needsMounts = 'mounts in a namespace';
const hasLoops = canMount && process.getuid?.() === 0 && hasProgram('mkfs.ext4', '-V');

const mounted = ['[fileSystems "/boot"]', 'device = /dev/disk/by-label/boot', 'fsType = ext4'];
const copying = ['copyKernels = true'];

/** What Debian's own GRUB has in the folder that ours is in. */
const debian: Readonly<Record<string, string>> = {
  '/boot/grub/grub.cfg': "menuentry 'Debian' { linux /vmlinuz }\n",
  '/boot/grub/grubenv': `# GRUB Environment Block\n${'#'.repeat(999)}`,
  '/boot/grub/i386-pc/normal.mod': 'module',
  '/boot/vmlinuz-6.1.0-debian': 'a kernel',
};

test('Debian’s own GRUB stays as it is, and its menu is an entry of ours', () => {
  using sandbox = grubMachine(0);
  for (const [path, text] of Object.entries(debian)) sandbox.write(path, text);
  const before = snapshotOf(sandbox.at('/boot'), { withTimes: true });
  for (const number of [1, 2, 3]) {
    declareGrub(sandbox, { label: `n${number}`, grub: number === 2 ? copying : [] });
    goWell(sandbox, 'switch');
  }
  for (const args of [
    ['rollback'],
    ['gc', '--keep', '1'],
    ['loader', 'install'],
    ['menu', 'repair'],
  ]) {
    goWell(sandbox, ...args);
  }
  const changed = changesBetween(before, snapshotOf(sandbox.at('/boot'), { withTimes: true }));
  assert.equal(
    changed.filter(line => !line.startsWith('+') && line !== '~ /EFI'),
    [],
  );
  const shown = goWell(sandbox, 'menu', 'show').stdout;
  assert.match(shown, /^ {3}Linux: its own menu +other-/m);
});

/** A machine whose /boot is a small file system of its own. */
class Small implements Disposable {
  readonly sandbox: Sandbox;
  readonly mounts: PrivateMounts;

  constructor(size: string) {
    using empty = grubMachine(0);
    this.sandbox = empty.copy();
    const boot = this.sandbox.at('/boot');
    const image = `${boot}.img`;
    this.mounts = new PrivateMounts(
      `truncate -s ${size} ${image}; mkfs.ext4 -q -F -m 0 -b 1024 -O ^has_journal ${image}; mount -o loop ${image} ${boot}`,
    );
  }

  declare(number: number): void {
    this.sandbox.write('/boot-parts/vmlinuz-6.1.0', `${number} ${'k'.repeat(40_000)}`);
    declareGrub(this.sandbox, { label: `n${number}`, grub: copying, sections: mounted });
  }

  run(...args: readonly string[]): Answer {
    return this.sandbox.run(args, this.mounts.inside);
  }

  well(...args: readonly string[]): Answer {
    const answer = this.run(...args);
    assert.is(answer.exitCode, 0, `genctl ${args.join(' ')}: ${answer.stderr}${answer.stdout}`);
    return answer;
  }

  get boot(): string {
    return this.mounts.at(this.sandbox.at('/boot'));
  }

  boots(): number | undefined {
    const system = systemBootedByGrub(this.sandbox.root, this.boot);
    return this.sandbox.numbers().find(number => this.sandbox.target(number) === system);
  }

  shown(): (number | undefined)[] {
    const numbers = this.sandbox.numbers();
    return systemsInGrub(this.sandbox.root, this.boot).map(system =>
      numbers.find(number => this.sandbox.target(number) === system),
    );
  }

  snapshot(): Snapshot {
    return snapshotOf(this.boot, { withTimes: true });
  }

  /** Takes all room that is left. */
  takeRoom(): void {
    const file = `${this.sandbox.at('/boot')}/filler`;
    this.mounts.do(`dd if=/dev/zero of=${file} bs=1024 2>/dev/null || :; sync`);
  }

  [Symbol.dispose](): void {
    this.mounts[Symbol.dispose]();
    this.sandbox[Symbol.dispose]();
  }
}

testWhere(
  hasLoops,
  `${needsMounts}, ext4`,
  'a full /boot loses the oldest first, never the default',
  () => {
    using machine = new Small('700k');
    let evicted: string | undefined;
    for (let number = 1; evicted === undefined; number++) {
      assert.ok(number < 30, 'it never got full');
      machine.declare(number);
      const { stderr } = machine.well('switch');
      evicted = /^warning\[MENU_EVICTED\]: generation (\d+): /m.exec(stderr)?.[1];
      assert.is(machine.boots(), number);
    }
    assert.is(evicted, '1', 'the oldest leaves');
    const numbers = machine.sandbox.numbers();
    assert.equal(machine.shown(), numbers.slice(1).toReversed());
    const before = machine.snapshot();
    machine.well('switch');
    assert.equal(changesBetween(before, machine.snapshot()), [], 'a second run writes nothing');
    assert.is(machine.run('menu', 'verify').exitCode, 0);
  },
);

testWhere(hasLoops, `${needsMounts}, ext4`, 'no byte is free: refused, or done, never half', () => {
  using machine = new Small('700k');
  for (const number of [1, 2, 3]) {
    machine.declare(number);
    machine.well('switch');
  }
  machine.takeRoom();
  machine.declare(4);
  const before = machine.snapshot();
  for (const args of [['switch'], ['rollback']]) {
    const { exitCode, stderr } = machine.run(...args);
    if (exitCode === 0) {
      assert.is(machine.boots(), machine.sandbox.current(), args.join(' '));
      continue;
    }
    assert.is(exitCode, 1, stderr);
    assert.match(stderr, /^error\[ESP_FULL\]: .*\/boot is too full: .*\nhint: /m);
    assert.equal(changesBetween(before, machine.snapshot()), [], args.join(' '));
  }
  machine.mounts.do(`rm ${machine.sandbox.at('/boot')}/filler`);
  machine.well('switch');
  assert.is(machine.boots(), machine.sandbox.current());
});

testWhere(canMount, needsMounts, 'a /boot that is mounted read-only is refused, and said', () => {
  using sandbox = grubMachine(1);
  const boot = sandbox.at('/boot');
  using mounts = new PrivateMounts(
    `mount --bind ${boot} ${boot}; mount -o remount,ro,bind ${boot}`,
  );
  declareGrub(sandbox, { label: 'n2' });
  assertRefused(
    sandbox,
    ['switch'],
    { code: 'ESP_READ_ONLY', message: /ROOT\/boot is mounted read-only/, hint: /remount,rw/ },
    mounts.inside,
  );
});

test('a /boot that is declared and not mounted is not written below', () => {
  using sandbox = grubMachine(0);
  declareGrub(sandbox, { label: 'n1', sections: mounted });
  assertRefused(sandbox, ['switch'], {
    code: 'BOOT_NOT_MOUNTED',
    message: /^nothing is mounted at ROOT\/boot, /,
    hint: /^Mount it there/,
  });
});

test('Ctrl-C at any stage: nothing has changed, or all is done', () => {
  using template = grubMachine(2);
  let [undone, done] = [0, 0];
  for (let stage = 1; ; stage++) {
    using sandbox = template.copy();
    declareGrub(sandbox, { label: 'n3' });
    goWell(sandbox, 'build');
    const before = sandbox.snapshot();
    const hook = atSync(sandbox, sandbox.at('/boot'), stage, 'kill -INT $PPID; sleep 0.2');
    const { exitCode, stderr } = sandbox.run(['switch'], hook);
    if (syncCount(sandbox) < stage) break;
    const where = `stage ${stage}: ${stderr}`;
    const system = systemBootedByGrub(sandbox.root, sandbox.at('/boot'));
    if (exitCode === 0) {
      done += 1;
      assert.is(system, sandbox.target(3), where);
    } else {
      undone += 1;
      assert.is(exitCode, 130, where);
      assert.match(stderr, /^error\[INTERRUPTED\]: /m);
      assert.is(system, sandbox.target(2), where);
      const changed = changesBetween(before, sandbox.snapshot());
      const wrong = changed.filter(
        line => !/\/ledger-[ab]$/.test(line) && !storeOnly.test(line.slice(2)),
      );
      // A number stays given.
      assert.equal(
        wrong.filter(line => line !== '~ /nix/var/genctl/state.json'),
        [],
        where,
      );
    }
    assert.equal(goWell(sandbox, 'recover', '--json').json, { recovered: null }, where);
    assert.equal(sandbox.locks(), [], where);
  }
  assert.ok(undone > 0 && done > 0, `${undone} undone, ${done} done`);
});

test('killed at any stage: the old default or the new one, with complete files, as GRUB sees them', () => {
  using template = grubMachine(0);
  for (const number of [1, 2, 3]) {
    template.write('/boot-parts/vmlinuz-6.1.0', `kernel ${number}`);
    declareGrub(template, { label: `n${number}`, grub: copying });
    if (number < 3) goWell(template, 'switch');
  }
  let [old, young] = [0, 0];
  for (let stage = 1; ; stage++) {
    using sandbox = template.copy();
    const hook = atSync(sandbox, sandbox.at('/boot'), stage, 'kill -9 $PPID; exit 1');
    const answer = sandbox.run(['switch'], hook);
    if (syncCount(sandbox) < stage) break;
    const where = `stage ${stage}: ${answer.stderr}`;
    assert.is(answer.signal, 'SIGKILL', where);
    const boot = sandbox.at('/boot');
    const system = systemBootedByGrub(sandbox.root, boot);
    if (system === sandbox.target(2)) old += 1;
    else {
      young += 1;
      assert.is(system, sandbox.target(3), where);
    }
    assert.ok(systemsInGrub(sandbox.root, boot).includes(sandbox.target(2)), where);
    goWell(sandbox, 'recover');
    assert.match(goWell(sandbox, 'menu', 'verify').stdout, /^all \d+ files/, where);
    goWell(sandbox, 'switch');
    assert.is(
      systemBootedByGrub(sandbox.root, boot),
      sandbox.target(sandbox.current() ?? 0),
      where,
    );
  }
  assert.ok(old > 0 && young > 0, `${old} times the old default, ${young} times the new one`);
});

test('of many at once one works at a time, and all that are let in do it whole', async () => {
  using sandbox = grubMachine(2);
  const children = [1, 2, 1].map(number => sandbox.start(['switch', String(number)]));
  const codes = await Promise.all(
    children.map(
      child =>
        new Promise<number | null>(resolve => {
          child.on('close', resolve);
        }),
    ),
  );
  assert.ok(codes.every(code => code === 0 || code === 75) && codes.includes(0), codes.join(' '));
  assert.equal(sandbox.locks(), []);
  assert.is(
    systemBootedByGrub(sandbox.root, sandbox.at('/boot')),
    sandbox.target(sandbox.current() ?? 0),
  );
  assert.ok(sandbox.exists(`${grubFolder(sandbox)}/grubenv`));
  assert.match(goWell(sandbox, 'menu', 'sync', '--json').stdout, '"changed":false');
});

test.run();
