// More generations than an ESP has room for, on the kernel's own FAT: the firmware's menu is what
// counts.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cpioArchive } from '../../src/system/initrd/cpio.ts';
import { type Declaration, declare, declareIn } from './declaration.ts';
import { valuesIn } from './facts.ts';
import { layGenctl, layHook } from './guest-programs.ts';
import { checkEsp } from './read-esp.ts';
import { makeSandboxMachine, type SandboxMachine } from './sandbox-machine.ts';
import { vmTest } from './vm-test.ts';

const espMiB = 64;

/** With these, five generations have room beside the kernel that all of them share. */
const paddingBytes = 9 << 20;

const pinned = 2;
const last = 10;
/** The last one that is made from outside; the machine runs it while it makes the others. */
const booted = 4;
const toCome = Array.from({ length: last - booted }, (_, index) => booted + 1 + index);

let machine: SandboxMachine;
/** All that have left the menu for lack of room, as they were named. */
const evicted: number[] = [];

vmTest('a 64 MB ESP takes its tenth generation, and what leaves its menu is named', async () => {
  machine = await makeSandboxMachine();
  const { root } = machine;
  for (let number = 1; number <= booted; number++) {
    await layPadding(root, number);
    await declare(root, declarationOf(number));
    if (number === 1) await machine.genctl('loader', 'install');
    await machine.genctl('switch');
  }
  await machine.genctl('pin', String(pinned));
  for (const number of toCome) {
    await layPadding(root, number);
    await declareIn(join(root, `boot-parts/declared-${number}`), declarationOf(number));
  }
  await writeFile(join(root, 'boot-parts/to-come'), toCome.join('\n'));
  await layGenctl(root);
  await layHook(root, 'small-esp-hook.sh');
  await machine.writeImage({ espMiB, freeMiB: 160 });

  const { facts } = await machine.boot();
  const said = valuesIn(facts.hook);
  for (const number of toCome) {
    const about = `switch to ${number}; the machine said:\n${facts.hook}`;
    assert.is(said.get(`switch-${number}`), '0', about);
    const [space] = JSON.parse(said.get(`space-${number}`) ?? '');
    const takenBytes = Number(said.get(`taken-${number}`));
    assert.ok(space.neededBytes <= space.freeBytes, about);
    assert.ok(takenBytes <= space.neededBytes, `${takenBytes} of ${space.neededBytes}: ${about}`);
    // Whoever asks for much more than it takes turns generations out for nothing.
    assert.ok(space.neededBytes - takenBytes < 64 << 10, about);
    evicted.push(...numbersIn(said.get(`evicted-${number}`)));
  }
  const list = JSON.parse(said.get('list') ?? '').generations;
  assert.is(list.length, last, facts.hook);
  assert.equal(
    numbersOf(list, ({ notInMenu }) => notInMenu === 'no-room'),
    evicted.toSorted((left, right) => left - right),
  );
  const shown = numbersOf(list, ({ inMenu }) => inMenu);
  for (const number of [pinned, booted, last - 1, last]) {
    assert.ok(shown.includes(number), `${number} is not among ${shown.join(', ')}`);
  }
  assert.is(shown.length + evicted.length, last);
  // Nothing leaves without need: one more would not have had room.
  assert.is(shown.length, 5, facts.hook);
  assert.is(await checkEsp(machine.esp, machine.scratch('after-switches')), undefined);
});

vmTest('the default, the previous one and the pinned one come up from the menu', async () => {
  const byDefault = await machine.boot();
  const titles = byDefault.menu.titles.flatMap(title => /generation (\d+)/.exec(title)?.[1] ?? []);
  assert.equal(
    titles.map(Number).filter(number => evicted.includes(number)),
    [],
  );
  assert.is(byDefault.facts.motd, `generation ${last}`);
  for (const number of [last - 1, pinned]) {
    const { facts } = await machine.boot({ pick: new RegExp(`generation ${number}\\b`) });
    assert.is(facts.motd, `generation ${number}`);
    assert.match(facts.commandLine, `test.generation=${number} `);
    assert.is(facts.storeWrite, 'refused: Read-only file system');
  }
});

function declarationOf(number: number): Declaration {
  return {
    motd: `generation ${number}`,
    kernelParams: `test.generation=${number} test.end`,
    moreInitrds: [paddingPath(number)],
  };
}

function paddingPath(number: number): string {
  return `/boot-parts/padding-${number}`;
}

/** A second initrd, which makes a generation as large as one with an initrd of its own. */
async function layPadding(root: string, number: number): Promise<void> {
  const path = join(root, paddingPath(number));
  await mkdir(dirname(path), { recursive: true });
  const content = Buffer.alloc(paddingBytes, number);
  await writeFile(
    path,
    Buffer.concat(cpioArchive(new Map([['padding', { kind: 'file', content }]]))),
  );
}

function numbersIn(words: string | undefined): readonly number[] {
  return (words ?? '').split(' ').filter(Boolean).map(Number);
}

interface Listed {
  readonly number: number;
  readonly inMenu: boolean;
  readonly notInMenu: string | null;
}

function numbersOf(
  list: readonly Listed[],
  isWanted: (generation: Listed) => boolean,
): readonly number[] {
  return list
    .filter(isWanted)
    .map(({ number }) => number)
    .toSorted((left, right) => left - right);
}

test.after(async () => {
  await machine?.[Symbol.asyncDispose]();
});

test.run();
