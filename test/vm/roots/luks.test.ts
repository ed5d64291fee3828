// A machine as installers make it when told to encrypt: LUKS, in it a volume group with root and
// swap. Its owner installs, types the passphrase, adds a package, and picks the older generation.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { declareFile } from '../debian/debian-machine.ts';
import { parseFacts } from '../facts.ts';
import { generationsTest } from '../generations/declare-debian.ts';
import { Said } from '../generations/said.ts';
import { generationsIn } from '../grub/installed.ts';
import type { Machine } from '../machine.ts';
import { type DrawnMenu, pickEntry, readMenu } from '../menu.ts';
import { bundleGenctl } from '../sandbox-machine.ts';
import { RootsMachine } from './machine.ts';
import { buildTwo, newer, older } from './two-generations.ts';

/** On a machine that is busy with other things. */
const seconds = 1500;

/** As the live medium lays it out. */
const passphrase = 'a passphrase';
const question = /unlock disk crypt/g;

/** The kernel for clouds lacks what the live medium has drivers from. */
const sections = `[boot.initrd]
availableKernelModules! = virtio_pci
availableKernelModules! = virtio_blk
`;

/** An installation of Debian and three boots take long: scripts/soak. */
const isSoak = Number(process.env['GENCTL_TEST_KILLS'] ?? 0) > 100;

function luksTest(name: string, body: () => Promise<void>): void {
  if (isSoak) generationsTest(name, body, { depmod: 'kmod' });
  else test.skip(`${name} (scripts/soak)`, body);
}

let machine: RootsMachine;

luksTest('it is installed on the volume of an encrypted disk', async () => {
  await bundleGenctl();
  machine = await RootsMachine.make({ script: 'lvm-on-luks', disksMiB: [1600] });
  const hardware = await machine.hardwareModule();
  assert.match(hardware, /^\[boot\.initrd\.luks\.devices "crypt"\]$/m);
  assert.match(hardware, /^\[boot\.initrd\.services\.lvm\]\n.*\nenable = true$/m);
  await declareFile(machine.root, 'etc/default/keyboard', 'XKBMODEL=pc105\nXKBLAYOUT=de\n');
  await buildTwo(machine, { hardware, sections, packages: ['console-setup'] });
  assert.match(await machine.install(), /generation 1 is installed/);
});

luksTest('it asks for the passphrase, again after a wrong one, and adds a package', async () => {
  const { said } = await bootWith(['wrong', passphrase]);
  isOpened(said);
  said.isGeneration('booted', older);
  said.is('switch', '0');
  said.isGeneration('newer', newer);
  said.is('state-newer', 'running');
  // The new generation's is the same.
  said.is('initrds', '1');
});

luksTest('the new generation boots', async () => {
  const { menu, said } = await bootWith([passphrase]);
  assert.equal(generationsIn(menu.titles), ['2', '1']);
  isOpened(said);
  said.isGeneration('booted', newer);
});

luksTest('and the older one, picked in the menu', async () => {
  const { said } = await bootWith([passphrase], /generation 1\b/);
  isOpened(said);
  said.isGeneration('booted', { ...older, usr: 'active' });
});

/** Starts an entry and types one answer each time that the machine asks. */
async function bootWith(
  answers: readonly string[],
  pick?: RegExp,
): Promise<{ menu: DrawnMenu; said: Said }> {
  await using running = await machine.start();
  const menu = await (pick === undefined ? readMenu(running) : pickEntry(running, pick));
  for (const [index, answer] of answers.entries()) {
    await running.waitFor('question for the passphrase', seconds, () => asked(running, index + 1));
    running.press(`${answer}\r`);
  }
  const { hook } = parseFacts(await running.factsAtEnd(seconds));
  return { menu, said: new Said(hook) };
}

function asked({ console }: Machine, times: number): true | undefined {
  return [...console.matchAll(question)].length >= times || undefined;
}

function isOpened(said: Said): void {
  said.isRunning();
  said.is('key', 'z');
  said.is('root', '/dev/mapper/atlas--vg-root');
  said.matches('swap', /^atlas--vg-swap\b/);
  said.is('takes--usr', 'Read-only file system');
  said.is('takes--nix-store', 'Read-only file system');
  said.is('takes--var', 'yes');
}

test.after(async () => machine?.[Symbol.asyncDispose]());

test.run();
