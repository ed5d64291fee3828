import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dateLink } from './clock.ts';
import {
  assertScripts,
  canCheckScripts,
  declareGrub,
  goWell,
  grubFolder,
  grubMachine,
  indexInForce,
  systemBootedByGrub,
  systemsInGrub,
} from './grub-machine.ts';
import type { Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

if (!canCheckScripts) {
  process.stdout.write('skipped, grub-script-check is missing (grub-common): GRUB’s own parser\n');
}

function boots(sandbox: Sandbox): number | undefined {
  const system = systemBootedByGrub(sandbox.root, sandbox.at('/boot'));
  return sandbox.numbers().find(number => sandbox.target(number) === system);
}

/** The numbers that GRUB's submenu of all shows, specialisations left out. */
function shown(sandbox: Sandbox): number[] {
  const systems = systemsInGrub(sandbox.root, sandbox.at('/boot'));
  return systems.flatMap(
    system => sandbox.numbers().find(number => sandbox.target(number) === system) ?? [],
  );
}

function titles(sandbox: Sandbox): string[] {
  const { json } = sandbox.runWell('menu', 'show', '--json');
  const { entries } = json as {
    entries: { title: string; isDefault?: boolean; default?: boolean }[];
  };
  return entries.map(entry => `${entry.isDefault || entry.default ? '* ' : '  '}${entry.title}`);
}

test('a second switch plans nothing and writes nothing', () => {
  for (const grub of [[], ['copyKernels = true']]) {
    using sandbox = grubMachine(2, { grub, specialisations: { rescue: 'single' } });
    const before = sandbox.snapshot({ withTimes: true });
    for (const args of [['switch'], ['boot'], ['menu', 'sync'], ['menu', 'repair']]) {
      assert.match(sandbox.runWell(...args, '--json').stdout, '"changed":false', args.join(' '));
    }
    assert.is(sandbox.runWell('switch', '--dry-run').stdout.split('\n').at(-2), 'nothing to do');
    assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
    assertScripts(sandbox);
  }
});

test('the same machine has the same menu under GRUB as under systemd-boot', () => {
  const machines = (['grub', 'systemd-boot'] as const).map(kind => {
    const sandbox = grubMachine(3, {
      kinds: [kind],
      loader: ['efiSysMountPoint = /boot'],
      specialisations: { rescue: 'single', 'no-net': 'net.ifnames=0' },
    });
    for (const number of [1, 2]) sandbox.link(number, sandbox.target(number), 'other');
    sandbox.select(2, 'other');
    // The second machine may be made on the day after the first one's.
    for (const profile of ['system', 'other']) {
      for (const number of sandbox.numbers(profile)) {
        dateLink(sandbox, number, '2026-11-22T12:00:00Z', profile);
      }
    }
    goWell(sandbox, 'menu', 'sync');
    return sandbox;
  });
  const [grub, systemdBoot] = machines as [Sandbox, Sandbox];
  using _grub = grub;
  using _systemdBoot = systemdBoot;
  const list = (sandbox: Sandbox): string => sandbox.runWell('list').stdout;
  for (const args of [[], ['rollback'], ['switch', '3'], ['boot', '1']]) {
    for (const sandbox of args.length > 0 ? machines : []) goWell(sandbox, ...args);
    assert.is(list(grub), list(systemdBoot), args.join(' '));
    const wanted = titles(systemdBoot);
    assert.is(wanted.length, 15, 'three generations and two, each with two specialisations');
    assert.is(wanted.filter(title => title.startsWith('* ')).length, 1, args.join(' '));
    assert.equal(titles(grub), wanted, args.join(' '));
  }
  assertScripts(grub);
});

test('the default moves in one sector, in place: no crash can tear it, no new name is needed', () => {
  using sandbox = grubMachine(3);
  const sector = `${grubFolder(sandbox)}/default.cfg`;
  const inode = (): number => fs.statSync(sandbox.at(sector)).ino;
  const before = inode();
  for (const number of [2, 1, 3]) {
    const index = sandbox.read(indexInForce(sandbox));
    sandbox.runWell('switch', String(number));
    assert.is(inode(), before);
    assert.is(boots(sandbox), number);
    assert.equal(shown(sandbox), [3, 2, 1]);
    const indexes = sandbox.names(grubFolder(sandbox)).filter(name => name.startsWith('menu-'));
    const texts = indexes.map(name => sandbox.read(`${grubFolder(sandbox)}/${name}`));
    assert.ok(texts.includes(index), 'the index of before is there, for a journal that was lost');
    assert.ok(indexes.length <= 2, indexes.join());
  }
  assertScripts(sandbox);
});

test('a collection takes entries, kernels and the older index', () => {
  using sandbox = grubMachine(0);
  for (const number of [1, 2, 3]) {
    sandbox.write('/boot-parts/vmlinuz-6.1.0', `kernel ${number}`);
    declareGrub(sandbox, { label: `n${number}`, grub: ['copyKernels = true'] });
    goWell(sandbox, 'switch');
  }
  const folder = grubFolder(sandbox);
  const [owner] = sandbox.names('/boot/EFI/genctl');
  assert.is(sandbox.names(`/boot/EFI/genctl/${owner}`).length, 4);
  const firstIndexes = sandbox.names(folder).filter(name => name.startsWith('menu-'));
  assert.is(firstIndexes.length, 2, 'the one in force and one before');
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(sandbox.numbers(), [3]);
  assert.equal(shown(sandbox), [3]);
  assert.is(boots(sandbox), 3);
  assert.is(sandbox.names(`${folder}/entries`).length, 1);
  assert.is(sandbox.names(`/boot/EFI/genctl/${owner}`).length, 2);
  const indexes = sandbox.names(folder).filter(name => name.startsWith('menu-'));
  assert.is(indexes.length, 2);
  const oldest = firstIndexes.find(name => !indexes.includes(name));
  assert.ok(oldest, 'the older one of both has gone');
  assert.match(sandbox.runWell('menu', 'verify').stdout, /^all \d+ files/);
});

test('configurationLimit shows the newest ones, and the default whatever it is', () => {
  const limit = { loader: ['configurationLimit = 2'] };
  using sandbox = grubMachine(4, limit);
  assert.equal(shown(sandbox), [4, 3]);
  sandbox.runWell('switch', '1');
  assert.ok(shown(sandbox).includes(1));
  assert.is(boots(sandbox), 1);
  assert.equal(sandbox.numbers(), [1, 2, 3, 4], 'the limit deletes nothing');
});

test('an entry of a generation that cannot be read stays in the menu, and in the index', () => {
  using sandbox = grubMachine(3);
  const lost = sandbox.target(2);
  fs.chmodSync(sandbox.at(lost), 0o755);
  fs.renameSync(sandbox.at(lost), `${sandbox.folder}/lost`);
  declareGrub(sandbox, { label: 'n4' });
  const { stderr } = sandbox.runWell('switch');
  assert.match(stderr, /^warning\[SYSTEM_MISSING\]: generation 2: /m);
  const standing = sandbox.names(`${grubFolder(sandbox)}/entries`).find(name => /-2-/.test(name));
  assert.ok(standing);
  assert.match(sandbox.read(indexInForce(sandbox)), standing ?? '');
  assert.match(sandbox.runWell('menu', 'show').stdout, 'n2 - generation 2');
  fs.renameSync(`${sandbox.folder}/lost`, sandbox.at(lost));
  sandbox.runWell('menu', 'sync');
  assert.equal(shown(sandbox), [4, 3, 2, 1]);
  assertScripts(sandbox);
});

/** What somebody or a disk does to a file, by its path. */
const harms = {
  'is altered': (place: string) => {
    const text = fs.readFileSync(place, 'latin1');
    fs.writeFileSync(place, text.replace(/menu|kernel|source/, 'x'), 'latin1');
  },
  'is gone': (place: string) => fs.rmSync(place),
} as const;

const files: Readonly<Record<string, (sandbox: Sandbox) => string>> = {
  'an entry': sandbox =>
    `${grubFolder(sandbox)}/entries/${sandbox.names(`${grubFolder(sandbox)}/entries`)[0]}`,
  'the index in force': sandbox => indexInForce(sandbox),
  'the older index': sandbox => {
    const folder = grubFolder(sandbox);
    const older = sandbox
      .names(folder)
      .find(name => name.startsWith('menu-') && `${folder}/${name}` !== indexInForce(sandbox));
    return `${folder}/${older}`;
  },
  'the sector': sandbox => `${grubFolder(sandbox)}/default.cfg`,
  'what the core image reads first': sandbox => `${grubFolder(sandbox)}/grub-nodev/grub/grub.cfg`,
  'a kernel': sandbox => {
    const [owner] = sandbox.names('/boot/EFI/genctl');
    const name = sandbox.names(`/boot/EFI/genctl/${owner}`).find(each => each.startsWith('linux-'));
    return `/boot/EFI/genctl/${owner}/${name}`;
  },
};

for (const [file, pathOf] of Object.entries(files)) {
  test(`${file} that is damaged is named, and mended by menu repair`, () => {
    for (const [harm, work] of Object.entries(harms)) {
      using sandbox = grubMachine(2, { grub: ['copyKernels = true'] });
      const place = pathOf(sandbox);
      const where = `${place} ${harm}`;
      const text = sandbox.read(place);
      work(sandbox.at(place));
      const verified = sandbox.run(['menu', 'verify']);
      assert.is(verified.exitCode, 3, where);
      assert.match(verified.stderr, sandbox.at(place), where);
      const repaired = sandbox.run(['menu', 'repair'], { env: {} });
      assert.is(repaired.exitCode, 0, `${where}: ${repaired.stderr}`);
      assert.match(repaired.stdout, '1 of 1 damaged files are mended', where);
      assert.match(sandbox.runWell('menu', 'verify').stdout, /^all \d+ files/, where);
      assert.is(boots(sandbox), 2, where);
      assert.equal(shown(sandbox), [2, 1], where);
      // Of the older index nobody has the text any more: without it, there is one fallback less.
      if (file === 'the older index') assert.not.ok(sandbox.exists(place), where);
      else assert.is(sandbox.read(place), text, where);
    }
  });
}

test('an environment block that is gone is made anew; one of a wrong size is left to its owner', () => {
  using sandbox = grubMachine(2);
  const place = `${grubFolder(sandbox)}/grubenv`;
  const block = sandbox.read(place);
  fs.rmSync(sandbox.at(place));
  assert.match(sandbox.run(['menu', 'verify']).stderr, /^warning\[BOOT_FILE_MISSING\]: .*grubenv/m);
  sandbox.runWell('menu', 'repair');
  assert.is(sandbox.read(place), block);
  for (const text of ['', block.slice(1), `${block}#`]) {
    sandbox.write(place, text);
    const verified = sandbox.run(['menu', 'verify']);
    assert.is(verified.exitCode, 3);
    assert.match(
      verified.stderr,
      /^warning\[GRUBENV_DAMAGED\]: .*\nhint: .*grub-editenv \S+ create/m,
    );
    for (const args of [
      ['switch', '1'],
      ['switch', '2'],
      ['menu', 'repair'],
    ]) {
      sandbox.run(args);
      assert.is(sandbox.read(place), text, `${args.join(' ')}: GRUB writes it by its blocks`);
    }
    assert.is(boots(sandbox), 2);
  }
});

test('verbs that look have something to say', () => {
  using sandbox = grubMachine(2, { specialisations: { rescue: 'single' } });
  assert.is(sandbox.runWell('doctor').stdout, 'nothing is wrong\n');
  assert.match(sandbox.runWell('status').stdout, /^default: generation 2$/m);
  assert.match(sandbox.runWell('show', '2').stdout, /^ {2}specialisations: rescue$/m);
  assert.match(sandbox.runWell('list').stdout, /^2 .*current, active, default/m);
  assert.match(sandbox.runWell('why', '2').stdout, 'default');
  assert.match(sandbox.runWell('loader', 'status').stdout, /grub/i);
});

test.run();
