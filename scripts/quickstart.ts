// Shows the main job on a sandbox machine and checks what it shows; started by scripts/quickstart.
import { mkdir } from 'node:fs/promises';
import { declare, systemConf } from '../test/vm/declaration.ts';
import { plainDisk, writeDisks } from '../test/vm/disk-image.ts';
import { type Facts, parseFacts } from '../test/vm/facts.ts';
import { obtainParts } from '../test/vm/parts.ts';
import { lackingForBoots } from '../test/vm/prerequisites.ts';
import { layRootTree } from '../test/vm/root-tree.ts';
import { removeTree } from '../test/vm/work-folder.ts';
import { assertClaims, colours, detail, genctl, narrate, showBoot, step } from './narration.ts';

const sandbox = 'sandbox/quickstart';
const machineRoot = `${sandbox}/machine`;
const image = `${sandbox}/disk.img`;

const older = {
  motd: 'Good morning from generation 1.',
  kernelParams: 'demo.generation=1',
  timeoutSeconds: 5,
};
const newer = {
  ...older,
  motd: 'Good evening from generation 2.',
  kernelParams: 'demo.generation=2',
};

function showFacts(facts: Facts): void {
  detail(`kernel command line   ${facts.commandLine}`);
  detail(`entry that was picked ${facts.entrySelected}`);
  detail(`booted system         ${facts.bootedSystem}`);
  detail(`/etc/motd             ${facts.motd}`);
  detail(`write to /nix/store   ${facts.storeWrite}`);
  detail(`write to /etc         ${facts.etcWrite}`);
}

/** What the last line of the quickstart claims. */
function assertShown(facts: Facts): void {
  assertClaims([
    [facts.commandLine.includes(older.kernelParams), "generation 1's kernel parameters are used"],
    [!facts.commandLine.includes(newer.kernelParams), "generation 2's are not"],
    [facts.motd === older.motd, "/etc/motd is generation 1's"],
    [facts.bootedSystem.startsWith('/nix/store/'), '/run/booted-system names a store path'],
    [facts.storeWrite.startsWith('refused: Read-only'), 'the store is read-only'],
    [facts.etcWrite === 'worked', '/etc can be written to'],
  ]);
}

async function quickstart(): Promise<string> {
  step('Parts: a Debian kernel, busybox and systemd-boot, downloaded once and not installed');
  const parts = await obtainParts(line => detail(colours.dim(line)));
  detail(`kernel ${parts.kernelVersion}`);

  step(`A sandbox machine in ${machineRoot}`);
  await removeTree(sandbox);
  await mkdir(machineRoot, { recursive: true });
  await layRootTree(machineRoot, parts);
  detail('a root file system with busybox, an initrd that mounts it and follows init=');

  step('Its declaration, in etc/genctl/system.conf, and what shall appear as /etc/motd');
  await declare(machineRoot, older);
  detail(colours.dim(systemConf(older)));

  step('The boot loader, and the first generation');
  await genctl(machineRoot, 'loader', 'install');
  await genctl(machineRoot, 'switch');

  step('Another /etc/motd and other kernel parameters: the second generation');
  await declare(machineRoot, newer);
  await genctl(machineRoot, 'switch');
  await genctl(machineRoot, 'list');
  await genctl(machineRoot, 'menu', 'show');

  step(`A disk image of the machine: ${image} (GPT; ESP and ext4)`);
  await writeDisks(machineRoot, [plainDisk(image)]);

  const lacking = lackingForBoots();
  if (lacking.length > 0) {
    return `quickstart: done without the boot (missing: ${lacking.join(' ')}): generations 1 and 2 declared, built and in the menu; picking, booting, /etc and the read-only store not shown`;
  }
  step('Boot it in QEMU under UEFI firmware, and pick generation 1 in the menu');
  const said = await showBoot({ image, folder: `${sandbox}/firmware`, pick: /generation 1\b/ });
  const facts = parseFacts(said);

  step('What the booted machine says of itself');
  showFacts(facts);
  assertShown(facts);
  return 'quickstart: ok: generation 1 picked in the menu, booted, its /etc in place, the store read-only';
}

await narrate(quickstart);
