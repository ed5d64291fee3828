// A machine whose root is on two mirrored disks. Its owner installs and adds a package; then one of
// the disks is pulled.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseFacts } from '../facts.ts';
import { generationsTest } from '../generations/declare-debian.ts';
import { Said } from '../generations/said.ts';
import { generationsIn } from '../grub/installed.ts';
import { pickEntry, readMenu } from '../menu.ts';
import { bundleGenctl } from '../sandbox-machine.ts';
import { RootsMachine } from './machine.ts';
import { buildTwo, newer, older } from './two-generations.ts';

/** On a machine that is busy with other things. */
const seconds = 1500;

/** The kernel for clouds lacks what the live medium has drivers from. */
const sections = `[boot.initrd]
availableKernelModules! = virtio_pci
availableKernelModules! = virtio_blk
`;

const scripts = ['mirrored.sh', 'mirrored.sh', 'mirrored.sh'];

/** An installation of Debian and three boots take long: scripts/soak. */
const isSoak = Number(process.env['GENCTL_TEST_KILLS'] ?? 0) > 100;

function mdraidTest(name: string, body: () => Promise<void>): void {
  if (isSoak) generationsTest(name, body, { depmod: 'kmod' });
  else test.skip(`${name} (scripts/soak)`, body);
}

let machine: RootsMachine;

mdraidTest('it is installed on both disks', async () => {
  await bundleGenctl();
  machine = await RootsMachine.make({ script: 'mdraid1', disksMiB: [1600, 1600] });
  const hardware = await machine.hardwareModule();
  assert.match(hardware, /^\[boot\.swraid\]\n.*\nenable = true$/m);
  await buildTwo(machine, { hardware, packages: [], sections }, scripts);
  assert.match(await machine.install(), /generation 1 is installed/);
});

mdraidTest('it boots from both and adds a package', async () => {
  await using running = await machine.start();
  await readMenu(running);
  const said = new Said(parseFacts(await running.factsAtEnd(seconds)).hook);
  isWhole(said, 1);
  said.is('members', '[UU]');
  said.isGeneration('booted', older);
  said.is('switch', '0');
  said.isGeneration('newer', newer);
  said.is('state-newer', 'running');
});

mdraidTest('with the second disk pulled, the new generation boots from the first', async () => {
  await using running = await machine.start({ images: machine.images.slice(0, 1) });
  const { titles } = await readMenu(running);
  assert.equal(generationsIn(titles), ['2', '1']);
  const said = new Said(parseFacts(await running.factsAtEnd(seconds)).hook);
  isWhole(said, 2);
  said.is('members', '[U_]');
  said.isGeneration('booted', newer);
});

mdraidTest('so does the older one, picked in the menu, with the disk back', async () => {
  await using running = await machine.start();
  await pickEntry(running, /generation 1\b/);
  const said = new Said(parseFacts(await running.factsAtEnd(seconds)).hook);
  isWhole(said, 3);
  said.isGeneration('booted', older);
});

/** `boot` is how often the machine has come up, as it has counted in /var. */
function isWhole(said: Said, boot: number): void {
  said.is('boot', String(boot));
  said.isRunning();
  said.is('root-type', 'raid1');
  for (const place of ['-usr', '-nix-store']) said.is(`takes-${place}`, 'Read-only file system');
  for (const place of ['-', '-etc', '-var', '-home']) said.is(`takes-${place}`, 'yes');
  said.is('verify', '0');
}

test.after(async () => machine?.[Symbol.asyncDispose]());

test.run();
