import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atSync, syncCount } from './at-sync.ts';
import { systemBootedFrom, systemsShown } from './boots.ts';
import {
  assertScripts,
  declareGrub,
  type GrubWish,
  goWell,
  grubMachine,
  systemBootedByGrub,
  systemsInGrub,
} from './grub-machine.ts';
import type { Sandbox } from './sandbox.ts';

type Kind = 'grub' | 'systemd-boot';

/** Foreign files, as they were before genctl came; none may ever change. */
const foreign: Readonly<Record<string, string>> = {
  'EFI/Microsoft/Boot/bootmgfw.efi': 'windows',
  'EFI/BOOT/fbx64.efi': 'fallback',
  'loader/entries/debian.conf': 'title Debian\nlinux /vmlinuz\n',
  'loader/random-seed': 'seed',
  'grub/grub.cfg': 'set timeout=5\n',
  'grub/grubenv': '#'.repeat(1024),
  'genctl/notes.txt': 'not ours',
};

/** Where each loader is at home: on one partition, or on two. */
const homes = {
  'one partition': { esp: '/boot', loader: ['efiSysMountPoint = /boot'] },
  'an ESP and a boot folder': { esp: '/efi', loader: ['efiSysMountPoint = /efi'] },
} as const;

type Home = (typeof homes)[keyof typeof homes];

const partitionsOf = ({ esp }: Home): string[] => [...new Set([esp, '/boot'])];

/** Every crash of these plans is walked in memory; processes are killed at some of their stages. */
const stride = 5;

/** A machine with two generations under the first kind, and foreign files. */
function machineWith(kind: Kind, home: Home): Sandbox {
  const sandbox = grubMachine(0);
  for (const partition of partitionsOf(home)) {
    fs.mkdirSync(sandbox.at(`${partition}/EFI`), { recursive: true });
    for (const [path, text] of Object.entries(foreign)) sandbox.write(`${partition}/${path}`, text);
  }
  declare(sandbox, home, 1, [kind]);
  if (kind === 'systemd-boot') goWell(sandbox, 'loader', 'install');
  for (const number of [1, 2]) {
    declare(sandbox, home, number, [kind]);
    goWell(sandbox, 'switch');
  }
  return sandbox;
}

function declare(sandbox: Sandbox, home: Home, number: number, kinds: readonly Kind[]): void {
  const wish: GrubWish = { kinds, loader: home.loader, grub: ['copyKernels = true'] };
  declareGrub(sandbox, { ...wish, label: `n${number}` });
}

/** The number that a loader boots by itself; undefined where it is not there, or not whole. */
function bootsBy(sandbox: Sandbox, kind: Kind, { esp }: Home): number | undefined {
  const { root } = sandbox;
  try {
    const system =
      kind === 'grub'
        ? systemBootedByGrub(root, sandbox.at('/boot'))
        : systemBootedFrom(root, { esp: sandbox.at(esp) });
    return sandbox.numbers().find(number => sandbox.target(number) === system);
  } catch {
    return undefined;
  }
}

function shownBy(sandbox: Sandbox, kind: Kind, { esp }: Home): string[] {
  const { root } = sandbox;
  const systems =
    kind === 'grub'
      ? systemsInGrub(root, sandbox.at('/boot'))
      : systemsShown(root, sandbox.at(esp));
  return systems.toSorted();
}

/** All files of a boot partition that nobody foreign has put there, the ledger apart. */
function oursOn(sandbox: Sandbox, partition: string): string[] {
  const top = sandbox.at(partition);
  return fs
    .readdirSync(top, { recursive: true, encoding: 'utf8' })
    .filter(name => fs.statSync(`${top}/${name}`).isFile())
    .filter(name => !Object.hasOwn(foreign, name) && !/\/ledger-[ab]$/.test(name))
    .toSorted();
}

function listedOn(sandbox: Sandbox, partition: string): string[] {
  const folder = `${partition}/loader/genctl`;
  const [owner] = sandbox.names(folder);
  const slots = sandbox
    .names(`${folder}/${owner}`)
    .map(name => sandbox.read(`${folder}/${owner}/${name}`).split('\n'))
    .toSorted(
      ([left = ''], [right = '']) => Number(left.split(' ')[2]) - Number(right.split(' ')[2]),
    );
  const body = slots.at(-1)?.[1];
  if (body === undefined) return [];
  const { files } = JSON.parse(body) as { files: { path: string }[] };
  return files.map(({ path }) => path).toSorted();
}

const isOf: Readonly<Record<Kind, RegExp>> = {
  grub: /^genctl\//,
  'systemd-boot': /^(?:loader\/(?:entries|loader\.conf)|EFI\/(?:systemd|BOOT)\/)/,
};

function assertMoved(sandbox: Sandbox, home: Home, to: Kind, from: Kind, where: string): void {
  const newest = sandbox.numbers().at(-1);
  assert.is(bootsBy(sandbox, to, home), newest, where);
  assert.equal(
    shownBy(sandbox, to, home),
    sandbox
      .numbers()
      .map(number => sandbox.target(number))
      .toSorted(),
    where,
  );
  for (const partition of partitionsOf(home)) {
    const ours = oursOn(sandbox, partition);
    assert.equal(
      ours.filter(path => isOf[from].test(path)),
      [],
      `${where}: files on ${partition}`,
    );
    const listed = listedOn(sandbox, partition).filter(path => !path.includes('/grub-'));
    assert.equal(
      listed.filter(path => isOf[from].test(path)),
      [],
      `${where}: ${partition}`,
    );
    for (const [path, text] of Object.entries(foreign)) {
      assert.is(sandbox.read(`${partition}/${path}`), text, `${where}: ${partition}/${path}`);
    }
  }
  assert.match(goWell(sandbox, 'menu', 'sync', '--json').stdout, '"changed":false', where);
  assert.match(goWell(sandbox, 'menu', 'verify').stdout, /^all \d+ files/, where);
}

for (const [name, home] of Object.entries(homes)) {
  for (const [from, to] of [
    ['systemd-boot', 'grub'],
    ['grub', 'systemd-boot'],
  ] as const) {
    test(`${name}: from ${from} to ${to} and back by switch: nothing of the old one stays`, () => {
      using sandbox = machineWith(from, home);
      for (const [number, target, left] of [
        [3, to, from],
        [4, from, to],
      ] as const) {
        declare(sandbox, home, number, [target]);
        // Each crash of the first plan is walked: one of both loaders boots at every instant.
        if (number === 3) sandbox.runWell('switch');
        else goWell(sandbox, 'switch');
        assertMoved(sandbox, home, target, left, `${target}, ${number}`);
      }
    });

    test(`${name}: from ${from} to ${to}, killed at any stage: one of both boots, and it ends`, () => {
      let [old, young] = [0, 0];
      using template = machineWith(from, home);
      declare(template, home, 3, [to]);
      for (const partition of partitionsOf(home)) {
        for (let stage = 1; ; stage += stride) {
          using sandbox = template.copy();
          const hook = atSync(sandbox, sandbox.at(partition), stage, 'kill -9 $PPID; exit 1');
          const answer = sandbox.run(['switch'], hook);
          if (syncCount(sandbox) < stage) break;
          const where = `${partition}, stage ${stage}`;
          assert.is(answer.signal, 'SIGKILL', where);
          const [before, after] = [bootsBy(sandbox, from, home), bootsBy(sandbox, to, home)];
          assert.ok(before === 2 || after === 3, `${where}: ${from} ${before}, ${to} ${after}`);
          if (after === 3) young += 1;
          else old += 1;
          goWell(sandbox, 'recover');
          goWell(sandbox, 'switch');
          assertMoved(sandbox, home, to, from, where);
        }
      }
      assert.ok(old > 0 && young > 0, `${old} times the old one, ${young} times the new one`);
    });
  }

  test(`${name}: both loaders at once have the same menu, and share kernels`, () => {
    using sandbox = machineWith('systemd-boot', home);
    const both = ['systemd-boot', 'grub'] as const;
    declare(sandbox, home, 3, both);
    goWell(sandbox, 'switch');
    for (const [args, number] of [
      [['menu', 'sync'], 3],
      [['rollback'], 2],
      [['boot', '1'], 1],
      [['gc', '--keep', '1'], 1],
    ] as const) {
      goWell(sandbox, ...args);
      for (const kind of both) assert.is(bootsBy(sandbox, kind, home), number, args.join(' '));
      const [left, right] = both.map(kind => shownBy(sandbox, kind, home));
      assert.equal(left, right, args.join(' '));
      assert.match(goWell(sandbox, 'menu', 'verify').stdout, /^all \d+ files/, args.join(' '));
      for (const partition of partitionsOf(home)) {
        const kernels = oursOn(sandbox, partition).filter(path => /\/linux-/.test(path));
        assert.is(kernels.length, 1, `${partition}: all generations have one kernel`);
      }
      assertScripts(sandbox);
    }
    // The second one goes, the first one stays.
    declare(sandbox, home, 4, ['systemd-boot']);
    sandbox.runWell('switch');
    assertMoved(sandbox, home, 'systemd-boot', 'grub', 'one of both is given up');
  });
}

test.run();
