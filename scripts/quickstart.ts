// Shows the main job on a sandbox machine and checks what it shows; started by scripts/quickstart.
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createColors } from 'picocolors';
import { declare, systemConf } from '../test/vm/declaration.ts';
import { plainDisk, writeDisks } from '../test/vm/disk-image.ts';
import { type Facts, parseFacts } from '../test/vm/facts.ts';
import { startMachine } from '../test/vm/machine.ts';
import { pickEntry } from '../test/vm/menu.ts';
import { obtainParts } from '../test/vm/parts.ts';
import { lackingForBoots } from '../test/vm/prerequisites.ts';
import { layRootTree } from '../test/vm/root-tree.ts';
import { removeTree } from '../test/vm/work-folder.ts';

const sandbox = 'sandbox/quickstart';
const machineRoot = `${sandbox}/machine`;
const image = `${sandbox}/disk.img`;

const older = { motd: 'Good morning from generation 1.', kernelParams: 'demo.generation=1' };
const newer = { motd: 'Good evening from generation 2.', kernelParams: 'demo.generation=2' };

const colours = createColors(process.stdout.isTTY && process.env['NO_COLOR'] === undefined);
const began = Date.now();
let steps = 0;

function step(title: string): void {
  steps += 1;
  say(colours.bold(`\n${steps}. ${title}`));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function detail(text: string): void {
  for (const line of text.trimEnd().split('\n')) say(`   ${line}`.trimEnd());
}

/** Shows the command line as a person would type it, and its output as it comes. */
async function genctl(...args: readonly string[]): Promise<void> {
  const argv = ['--root', machineRoot, ...args];
  detail(colours.cyan(`$ genctl ${argv.join(' ')}`));
  const child = spawn('dist/genctl', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const shown = [showLines(child.stdout), showLines(child.stderr)];
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  await Promise.all(shown);
  if (status !== 0) throw new Error(`genctl ${args.join(' ')} ended with status ${status}`);
}

async function showLines(stream: Readable): Promise<void> {
  for await (const line of createInterface({ input: stream })) detail(`  ${line}`);
}

/** Boots the image, picks generation 1 by keys, and returns what the machine said of itself. */
async function bootOlder(): Promise<Facts> {
  await using machine = await startMachine({ images: [image], folder: `${sandbox}/firmware` });
  detail(colours.dim('(power on; the firmware starts systemd-boot, which waits 5 s for a key)'));
  const pressed: string[] = [];
  const menu = await pickEntry(machine, /generation 1\b/, key => pressed.push(key));
  detail('the menu, as it is drawn on the serial console:\n\n');
  for (const [index, title] of menu.titles.entries()) {
    detail(index === menu.chosen ? colours.inverse(`  ${title}  `) : `  ${title}`);
  }
  detail(`\nkeys pressed: ${pressed.join(', ')}`);
  return parseFacts(await machine.factsAtEnd());
}

function showFacts(facts: Facts): void {
  detail(`kernel command line   ${facts.commandLine}`);
  detail(`entry that was picked ${facts.entrySelected}`);
  detail(`booted system         ${facts.bootedSystem}`);
  detail(`/etc/motd             ${facts.motd}`);
  detail(`write to /nix/store   ${facts.storeWrite}`);
  detail(`write to /etc         ${facts.etcWrite}`);
}

/** The last line of the quickstart claims these; each that does not hold, as a sentence. */
function brokenClaims(facts: Facts): readonly string[] {
  const claims: readonly (readonly [boolean, string])[] = [
    [facts.commandLine.includes(older.kernelParams), "generation 1's kernel parameters are used"],
    [!facts.commandLine.includes(newer.kernelParams), "generation 2's are not"],
    [facts.motd === older.motd, "/etc/motd is generation 1's"],
    [facts.bootedSystem.startsWith('/nix/store/'), '/run/booted-system names a store path'],
    [facts.storeWrite.startsWith('refused: Read-only'), 'the store is read-only'],
    [facts.etcWrite === 'worked', '/etc can be written to'],
  ];
  return claims.flatMap(([holds, claim]) => (holds ? [] : [claim]));
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
  await genctl('loader', 'install');
  await genctl('switch');

  step('Another /etc/motd and other kernel parameters: the second generation');
  await declare(machineRoot, newer);
  await genctl('switch');
  await genctl('list');
  await genctl('menu', 'show');

  step(`A disk image of the machine: ${image} (GPT; ESP and ext4)`);
  await writeDisks(machineRoot, [plainDisk(image)]);

  const lacking = lackingForBoots();
  if (lacking.length > 0) {
    return `quickstart: done without the boot (missing: ${lacking.join(' ')}): generations 1 and 2 declared, built and in the menu; picking, booting, /etc and the read-only store not shown`;
  }
  step('Boot it in QEMU under UEFI firmware, and pick generation 1 in the menu');
  const facts = await bootOlder();

  step('What the booted machine says of itself');
  showFacts(facts);
  const broken = brokenClaims(facts);
  if (broken.length > 0) throw new Error(`not so: ${broken.join('; ')}`);
  return 'quickstart: ok: generation 1 picked in the menu, booted, its /etc in place, the store read-only';
}

try {
  const lastLine = await quickstart();
  say(`\n${Math.round((Date.now() - began) / 1000)} s in all`);
  say(lastLine);
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`quickstart: failed: ${reason}\n`);
  process.exitCode = 1;
}
