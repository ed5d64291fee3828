import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atSync, syncCount } from './at-sync.ts';
import { systemBootedFrom, systemsShown } from './boots.ts';
import { PrivateMounts } from './private-mounts.ts';
import { type Answer, Sandbox } from './sandbox.ts';
import { canMount, hasProgram, testWhere } from './test-where.ts';
import { changesBetween, type Snapshot, snapshotOf } from './tree-snapshot.ts';

const needsMounts = 'mounts in a namespace';
const isRoot = process.getuid?.() === 0;
const hasLoops = canMount && isRoot && hasProgram('mkfs.ext4', '-V');

/** A machine whose boot partitions have a limit. */
class Limited implements Disposable {
  readonly sandbox = Sandbox.blank();
  readonly mounts: PrivateMounts;
  readonly esps: readonly string[];
  #kernelBytes = 20_000;

  /** @param script shell that mounts; `$1` of each is the place on the host */
  constructor(places: Readonly<Record<string, (place: string) => string>>) {
    this.esps = Object.keys(places);
    const scripts = this.esps.map(esp => {
      const place = this.sandbox.at(esp);
      fs.mkdirSync(place, { recursive: true });
      return `${places[esp]?.(place)}; mkdir ${place}/EFI`;
    });
    this.mounts = new PrivateMounts(scripts.join('; '));
    this.declare('loader');
    this.well('loader', 'install');
  }

  /** Each label brings a kernel and an initrd of its own. */
  declare(label: string, loader: readonly string[] = []): void {
    const { sandbox } = this;
    fs.rmSync(sandbox.at('/boot-parts'), { recursive: true });
    sandbox.write('/boot-parts/vmlinuz-6', `${label} ${'k'.repeat(this.#kernelBytes)}`);
    sandbox.write('/boot-parts/initrd.img-6', `${label} ${'i'.repeat(30_000)}`);
    const places = this.esps.map(esp => `efiSysMountPoint = ${esp}`);
    sandbox.declare({ label, loader: [...places, ...loader] });
  }

  /** Makes generations until the first one leaves the menu; gives the newest number. */
  fill(from = 1): number {
    for (let number = from; ; number++) {
      assert.ok(number < 40, 'the partition never got full');
      this.declare(`n${number}`);
      const { stderr } = this.well('switch');
      if (stderr.includes('MENU_EVICTED')) return number;
    }
  }

  /** From now on kernels have so many bytes. */
  set kernelBytes(bytes: number) {
    this.#kernelBytes = bytes;
  }

  run(...args: readonly string[]): Answer {
    return this.sandbox.run(args, this.mounts.inside);
  }

  well(...args: readonly string[]): Answer {
    const answer = this.run(...args);
    assert.is(answer.exitCode, 0, `genctl ${args.join(' ')}: ${answer.stderr}${answer.stdout}`);
    return answer;
  }

  /** Where a partition is for this process. */
  at(path: string): string {
    return this.mounts.at(this.sandbox.at(path));
  }

  boots(esp = '/boot'): number {
    const system = systemBootedFrom(this.sandbox.root, { esp: this.at(esp) });
    return this.#numberOf(system);
  }

  shown(esp = '/boot'): number[] {
    return systemsShown(this.sandbox.root, this.at(esp))
      .map(system => this.#numberOf(system))
      .toSorted((left, right) => left - right);
  }

  snapshot(esp = '/boot'): Snapshot {
    return snapshotOf(this.at(esp), { withTimes: true });
  }

  listed(): { number: number; inMenu: boolean; notInMenu: string | null }[] {
    const { json } = this.well('list', '--json');
    return (json as { generations: ReturnType<Limited['listed']> }).generations;
  }

  /** Takes all room that is left on a partition, or all but some blocks. */
  takeRoom(esp = '/boot', butBlocks = 0): void {
    const file = `${this.sandbox.at(esp)}/filler`;
    const shrink = `truncate -s $(($(stat -c %s ${file}) - ${butBlocks} * 4096)) ${file}`;
    this.mounts.do(`dd if=/dev/zero of=${file} bs=4096 2>/dev/null || :; ${shrink}; sync`);
  }

  [Symbol.dispose](): void {
    this.mounts[Symbol.dispose]();
    this.sandbox[Symbol.dispose]();
  }

  #numberOf(system: string): number {
    const number = this.sandbox.numbers().find(each => this.sandbox.target(each) === system);
    assert.ok(number, `${system} is no generation's`);
    return number;
  }
}

function tmpfs(size: string): (place: string) => string {
  return place => `mount -t tmpfs -o size=${size} tmpfs ${place}`;
}

function ext4(size: string): (place: string) => string {
  return place => {
    const image = `${place}.img`;
    return `truncate -s ${size} ${image}; mkfs.ext4 -q -F -m 0 -b 1024 -O ^has_journal ${image}; mount -o loop ${image} ${place}`;
  };
}

const kinds = [
  ['tmpfs', canMount, tmpfs('450k')],
  ['ext4', hasLoops, ext4('550k')],
] as const;

for (const [kind, isPossible, mount] of kinds) {
  const lack = `${needsMounts}, ${kind}`;

  testWhere(
    isPossible,
    lack,
    `${kind}: what does not fit evicts the expendable, said before`,
    () => {
      using machine = new Limited({ '/boot': mount });
      let newest = 0;
      do {
        newest += 1;
        machine.declare(`n${newest}`);
        const before = machine.snapshot();
        const planned = machine.well('switch', '--dry-run');
        assert.equal(changesBetween(before, machine.snapshot()), [], 'a dry run writes nothing');
        const done = machine.well('switch');
        const said = [planned, done].map(({ stderr }) =>
          [...stderr.matchAll(/warning\[MENU_EVICTED\]: generation (\d+): /g)].map(
            ([, number]) => number,
          ),
        );
        assert.equal(said[0], said[1], 'a dry run names what will leave');
        const shown = machine.shown();
        assert.is(machine.boots(), newest);
        assert.ok(newest === 1 || shown.includes(newest - 1), 'what a rollback goes to stays');
        const gone = machine.sandbox.numbers().filter(number => !shown.includes(number));
        for (const row of machine.listed()) {
          assert.is(row.inMenu, shown.includes(row.number));
          assert.is(row.notInMenu, gone.includes(row.number) ? 'no-room' : null);
        }
        assert.equal(shown, machine.sandbox.numbers().slice(gone.length), 'the oldest leave first');
        const full = machine.snapshot();
        for (const args of [['switch'], ['menu', 'sync']]) {
          const again = machine.well(...args, '--json');
          assert.match(again.stdout, '"changed":false', `${newest}: ${args.join(' ')}`);
        }
        assert.equal(changesBetween(full, machine.snapshot()), [], 'a second run writes nothing');
        const verified = machine.run('menu', 'verify');
        assert.is(verified.exitCode, 0, verified.stderr);
      } while (newest < 7 || machine.shown().length === newest);
      assert.match(machine.well('list').stdout, /^1 .*no: no room/m);
      assert.ok(machine.shown().length >= 3, 'not more leave than have to');
    },
  );
}

testWhere(
  canMount,
  needsMounts,
  'default, previous, booted and pinned stay; a pin costs another its place',
  () => {
    using machine = new Limited({ '/boot': tmpfs('600k') });
    const { sandbox } = machine;
    machine.declare('n1');
    machine.well('switch');
    fs.rmSync(sandbox.at('/run/booted-system'), { force: true });
    fs.symlinkSync(sandbox.target(1), sandbox.at('/run/booted-system'));
    for (const number of [2, 3]) {
      machine.declare(`n${number}`);
      machine.well('switch');
    }
    machine.well('pin', '2');
    const newest = machine.fill(4) + 3;
    for (let number = newest - 2; number <= newest; number++) {
      machine.declare(`n${number}`);
      machine.well('switch');
    }
    const shown = machine.shown();
    for (const number of [1, 2, newest - 1, newest]) {
      assert.ok(shown.includes(number), `${number} stays: ${shown.join()}`);
    }
    assert.not.ok(shown.includes(3));
    machine.well('pin', '3');
    const synced = machine.well('menu', 'sync');
    assert.match(synced.stderr, 'MENU_EVICTED');
    const after = machine.shown();
    for (const number of [1, 2, 3, newest - 1, newest])
      assert.ok(after.includes(number), after.join());
    assert.ok(after.length <= shown.length);
    assert.is(machine.boots(), newest);
  },
);

testWhere(
  canMount,
  needsMounts,
  'what left comes back when there is room: a file went, or gc ran',
  () => {
    using machine = new Limited({ '/boot': tmpfs('900k') });
    machine.mounts.do(
      `dd if=/dev/zero of=${machine.sandbox.at('/boot')}/foreign bs=4096 count=70 2>/dev/null`,
    );
    const newest = machine.fill();
    const all = machine.sandbox.numbers();
    assert.is.not(machine.shown().length, all.length);
    machine.mounts.do(`rm ${machine.sandbox.at('/boot')}/foreign`);
    machine.well('menu', 'sync');
    assert.equal(machine.shown(), all);
    assert.equal(
      machine.listed().filter(({ inMenu }) => !inMenu),
      [],
    );
    // Now by a collection: the newest ones stay, and what was evicted among them comes back.
    const later = machine.fill(newest + 1);
    machine.well('pin', '1');
    machine.well('menu', 'sync');
    machine.well('gc', '--keep', '3');
    machine.well('menu', 'sync');
    assert.equal(machine.shown(), machine.sandbox.numbers());
    assert.ok(machine.shown().includes(1) && machine.shown().includes(later));
  },
);

testWhere(
  canMount,
  needsMounts,
  'one kernel alone is too large: refused, and nothing is written',
  () => {
    using machine = new Limited({ '/boot': tmpfs('600k') });
    machine.mounts.do(
      `mkdir -p ${machine.sandbox.at('/boot')}/EFI/Microsoft; head -c 40000 /dev/zero >${machine.sandbox.at('/boot')}/EFI/Microsoft/bootmgfw.efi`,
    );
    machine.fill();
    machine.kernelBytes = 700_000;
    machine.declare('huge');
    machine.sandbox.runWell('build');
    const [before, root] = [machine.snapshot(), machine.sandbox.snapshot()];
    for (const args of [['switch'], ['boot'], ['switch', '--dry-run']]) {
      const answer = machine.run(...args);
      assert.is(answer.exitCode, 1, answer.stderr);
      assert.match(
        answer.stderr,
        /error\[ESP_FULL\]: .*\/boot is too full: [\d.]+ KiB are needed, [\d.]+ (?:KiB|B) are free, [\d.]+ KiB are missing/,
      );
      assert.match(
        answer.stderr,
        /hint: .*largest are EFI\/Microsoft\/bootmgfw\.efi \(39\.1 KiB\)/,
      );
      assert.not.match(answer.stderr, 'genctl/', 'no file of ours is called foreign');
      assert.equal(changesBetween(before, machine.snapshot()), [], args.join(' '));
      const changed = changesBetween(root, machine.sandbox.snapshot());
      assert.equal(
        changed.filter(line => !/^. \/(?:run|nix\/var\/genctl\/narinfo)/.test(line)),
        [],
      );
    }
  },
);

testWhere(
  canMount,
  needsMounts,
  'the room that was seen is taken meanwhile: undone, and the old default boots',
  () => {
    let undone = 0;
    for (let stage = 1; ; stage++) {
      using machine = new Limited({ '/boot': tmpfs('900k') });
      for (const number of [1, 2]) {
        machine.declare(`n${number}`);
        machine.well('switch');
      }
      machine.declare('n3');
      const boot = machine.sandbox.at('/boot');
      const hook = atSync(
        machine.sandbox,
        boot,
        stage,
        `dd if=/dev/zero of=${boot}/filler bs=4096 2>/dev/null`,
      );
      const answer = machine.sandbox.run(['switch'], { ...machine.mounts.inside, ...hook });
      if (syncCount(machine.sandbox) < stage) break;
      const where = `stage ${stage}: ${answer.stderr}`;
      if (answer.exitCode === 1) {
        undone += 1;
        assert.match(answer.stderr, 'error[NO_SPACE]', where);
        assert.is(machine.boots(), 2, where);
        assert.equal(machine.shown(), [1, 2], where);
        assert.is(machine.sandbox.current(), 2, where);
        assert.not.ok(machine.sandbox.numbers().includes(3), where);
      } else {
        assert.is(answer.exitCode, 0, where);
        assert.is(machine.boots(), 3, where);
      }
      machine.mounts.do(`rm ${boot}/filler`);
      machine.well('switch');
      assert.equal(machine.shown().length, 3, where);
      const verified = machine.run('menu', 'verify');
      assert.is(verified.exitCode, 0, `${where}${verified.stderr}`);
    }
    assert.ok(undone > 0);
  },
);

for (const [harm, actionOn] of [
  ['is killed', () => 'kill -9 $PPID; exit 1'],
  ['loses the room', (boot: string) => `dd if=/dev/zero of=${boot}/filler bs=4096 2>/dev/null`],
] as const) {
  const name = `a switch that evicts ${harm} at any stage: the default and what a rollback goes to stay`;
  testWhere(canMount, needsMounts, name, () => {
    let [old, young] = [0, 0];
    for (let stage = 1; ; stage++) {
      using machine = new Limited({ '/boot': tmpfs('450k') });
      const newest = machine.fill();
      const { sandbox } = machine;
      machine.declare('last');
      assert.match(machine.well('switch', '--dry-run').stderr, 'MENU_EVICTED');
      const boot = sandbox.at('/boot');
      const hook = atSync(sandbox, boot, stage, actionOn(boot));
      const answer = sandbox.run(['switch'], { ...machine.mounts.inside, ...hook });
      if (syncCount(sandbox) < stage) break;
      const where = `stage ${stage}: ${answer.stderr}`;
      assert.ok(harm !== 'is killed' || answer.signal === 'SIGKILL', where);
      const boots = machine.boots();
      assert.ok([newest, newest + 1].includes(boots), `${where}: it boots ${boots}`);
      if (boots === newest) old += 1;
      else young += 1;
      const shown = machine.shown();
      for (const number of [newest - 1, newest])
        assert.ok(shown.includes(number), `${where}${shown.join()}`);
      machine.well('recover');
      machine.mounts.do(`rm -f ${boot}/filler`);
      machine.well('menu', 'sync');
      const verified = machine.run('menu', 'verify');
      assert.is(verified.exitCode, 0, `${where}${verified.stderr}`);
      machine.well('switch');
      assert.is(machine.boots(), sandbox.current());
      assert.match(machine.well('menu', 'sync', '--json').stdout, '"changed":false', where);
    }
    assert.ok(old > 0 && young > 0, `${old} times the old default, ${young} times the new one`);
  });
}

for (const [kind, isPossible, mount] of kinds) {
  testWhere(
    isPossible,
    `${needsMounts}, ${kind}`,
    `${kind}: a rollback works with no byte free`,
    () => {
      using machine = new Limited({ '/boot': mount });
      for (const number of [1, 2, 3]) {
        machine.declare(`n${number}`);
        machine.well('switch');
      }
      machine.takeRoom();
      for (const number of [2, 1]) {
        const shown = machine.shown();
        machine.well('rollback');
        assert.is(machine.boots(), number);
        assert.equal(machine.shown(), shown, 'a rollback costs nobody a place');
      }
      machine.well('switch', '3');
      assert.is(machine.boots(), 3);
      machine.well('gc', '--keep', '2');
      assert.equal(machine.shown(), machine.sandbox.numbers());
    },
  );

  testWhere(
    isPossible,
    `${needsMounts}, ${kind}`,
    `${kind}: whatever is left, a switch is done or refused, never begun in vain`,
    () => {
      for (const blocks of [1, 12, 13, 14, 15, 16, 18, 22]) {
        using machine = new Limited({ '/boot': mount });
        machine.declare('n1');
        machine.well('switch');
        machine.takeRoom('/boot', blocks);
        const before = machine.snapshot();
        machine.declare('n2');
        const answer = machine.run('switch');
        const where = `${blocks} blocks: ${answer.stderr}`;
        if (answer.exitCode === 0) assert.is(machine.boots(), 2, where);
        else {
          assert.is(answer.exitCode, 1, where);
          assert.match(answer.stderr, 'error[ESP_FULL]', where);
          assert.equal(changesBetween(before, machine.snapshot()), [], where);
        }
      }
    },
  );
}

testWhere(
  canMount,
  needsMounts,
  'two partitions of different size show what each has room for',
  () => {
    using machine = new Limited({ '/boot': tmpfs('900k'), '/small': tmpfs('450k') });
    for (let number = 1; number <= 7; number++) {
      machine.declare(`n${number}`);
      machine.well('switch');
    }
    assert.equal(machine.shown('/boot'), [1, 2, 3, 4, 5, 6, 7]);
    const small = machine.shown('/small');
    assert.ok(small.length >= 2 && small.length < 7, small.join());
    assert.equal(small, machine.sandbox.numbers().slice(-small.length));
    for (const esp of machine.esps) assert.is(machine.boots(esp), 7);
    const verified = machine.run('menu', 'verify');
    assert.is(verified.exitCode, 0, verified.stderr);
    assert.match(machine.well('switch', '--json').stdout, '"changed":false');
    machine.well('rollback');
    for (const esp of machine.esps) assert.is(machine.boots(esp), 6);
    // Back to a generation that only the large one shows: the small one gets it again.
    machine.well('switch', '2');
    for (const esp of machine.esps) assert.is(machine.boots(esp), 2);
    assert.is(machine.run('menu', 'verify').exitCode, 0);
  },
);

test.run();
