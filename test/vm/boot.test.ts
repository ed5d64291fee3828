// One machine through its life: what the firmware's menu shows and what comes up, boot by boot.
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bootctlList } from './bootctl-list.ts';
import { type Declaration, declare } from './declaration.ts';
import { harmedForeignFiles, layForeignFiles } from './foreign-files.ts';
import type { DrawnMenu } from './menu.ts';
import { checkEsp, copyEspTo, listEsp } from './read-esp.ts';
import { makeSandboxMachine, type SandboxMachine } from './sandbox-machine.ts';
import { vmTest } from './vm-test.ts';

const first: Declaration = { motd: 'one', kernelParams: 'test.generation=1' };
const second: Declaration = {
  motd: 'two',
  kernelParams: 'test.generation=2',
  timeoutSeconds: 5,
  specialisations: { rescue: 'test.rescue=yes' },
};
const third: Declaration = { motd: 'three', kernelParams: 'test.generation=3' };

let machine: SandboxMachine;

vmTest('the default is the newest generation', async () => {
  machine = await makeSandboxMachine();
  await layForeignFiles(join(machine.root, 'boot'));
  await declare(machine.root, first);
  await machine.genctl('loader', 'install');
  await machine.genctl('switch');
  await declare(machine.root, second);
  await machine.genctl('switch');
  await machine.writeImage();

  const { menu, facts } = await machine.boot({ pick: 'none' });
  assert.match(titleOf(menu), /generation 2\b/);
  assert.equal(generationsIn(menu), ['2', '2', '1']);
  await assertAsShown(menu);
  assert.match(facts.commandLine, 'test.generation=2');
  assert.not.match(facts.commandLine, 'test.rescue');
  assert.is(facts.motd, 'two');
  assert.match(facts.bootedSystem, /^\/nix\/store\/[0-9a-z]{32}-/);
  assert.is(facts.currentSystem, facts.bootedSystem);
  assert.is(facts.storeWrite, 'refused: Read-only file system');
  assert.is(facts.etcWrite, 'worked');
});

vmTest('the older generation is picked, on a disk that the newer one has run on', async () => {
  const { facts } = await machine.boot({ pick: /generation 1\b/ });
  assert.match(facts.commandLine, 'test.generation=1');
  assert.is(facts.motd, 'one');
  assert.is(facts.storeWrite, 'refused: Read-only file system');
  assert.is(facts.etcWrite, 'worked');
});

vmTest('a specialisation is picked', async () => {
  const { facts } = await machine.boot({ pick: /rescue/ });
  assert.match(facts.commandLine, 'test.rescue=yes');
  assert.is(facts.motd, 'two');
});

const partitionTools = { bootctl: 'systemd-boot' };

vmTest(
  'bootctl and fsck.vfat agree with genctl about the booted partition',
  () => assertPartition(['2', '2', '1']),
  partitionTools,
);

vmTest('after rollback --boot the older generation is the default', async () => {
  await machine.genctl('rollback', '--boot');
  await machine.writeImage();
  const { menu, facts } = await machine.boot();
  assert.match(titleOf(menu), /generation 1\b/);
  await assertAsShown(menu);
  assert.is(facts.motd, 'one');
});

vmTest('after gc the removed entries are gone from the menu, and the rest boots', async () => {
  await declare(machine.root, third);
  await machine.genctl('switch');
  await machine.genctl('gc', '--keep', '1');
  await machine.writeImage();
  const { menu, facts } = await machine.boot();
  assert.equal(generationsIn(menu), ['3']);
  await assertAsShown(menu);
  assert.is(facts.motd, 'three');
});

vmTest(
  'bootctl and fsck.vfat agree with genctl about the partition after gc',
  () => assertPartition(['3']),
  partitionTools,
);

/** The firmware's partition as the tools of others see it. */
async function assertPartition(generations: readonly string[]): Promise<void> {
  const scratch = await mkdtemp(machine.scratch('esp-'));
  assert.is(await checkEsp(machine.esp, join(scratch, 'partition')), undefined);
  const files = new Set(await listEsp(machine.esp));
  await copyEspTo(machine.esp, join(scratch, 'files'));
  assert.equal(await harmedForeignFiles(join(scratch, 'files')), []);
  const entries = await bootctlList(join(scratch, 'files'));
  assert.equal(
    entries.map(entry => generationOf(entry.title)).filter(number => number !== ''),
    generations,
  );
  for (const { id, linux = '', initrd = [] } of entries) {
    assert.ok(files.has(`loader/entries/${id}`), id);
    for (const path of [linux, ...initrd]) assert.ok(files.has(path.replace(/^\//, '')), path);
  }
  const shown = (await machine.menu()).map(({ id }) => id);
  assert.equal(
    entries.map(({ id }) => id),
    shown,
  );
}

/** The firmware draws what `genctl menu show` says, in the same order, the same one chosen. */
async function assertAsShown(menu: DrawnMenu): Promise<void> {
  const shown = await machine.menu();
  const found = ['Windows Boot Manager', 'Reboot Into Firmware Interface'];
  assert.equal(
    menu.titles.filter(title => !found.includes(title)),
    shown.map(({ title }) => title),
  );
  assert.is(titleOf(menu), shown.find(({ isDefault }) => isDefault)?.title);
}

function titleOf(menu: DrawnMenu): string {
  return menu.titles[menu.chosen] ?? '';
}

/** Numbers from top to bottom; the firmware's own entries have none. */
function generationsIn(menu: DrawnMenu): readonly string[] {
  return menu.titles.map(generationOf).filter(number => number !== '');
}

function generationOf(title: string): string {
  return /generation (\d+)/.exec(title)?.[1] ?? '';
}

test.after(async () => {
  await machine?.[Symbol.asyncDispose]();
});

test.run();
