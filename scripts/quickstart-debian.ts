// Shows the story of a whole Debian on a sandbox machine, and checks what it shows: a generation
// without htop, one with it, and both booted. Started by scripts/quickstart --debian.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { giveSharedPackages, keepPackages } from '../test/packages/real-packages.ts';
import { plainDisk, writeDisks } from '../test/vm/disk-image.ts';
import { parseFacts, valuesIn } from '../test/vm/facts.ts';
import { lackingForBoots } from '../test/vm/prerequisites.ts';
import { removeTree } from '../test/vm/work-folder.ts';
import { assertClaims, colours, detail, genctl, narrate, showBoot, step } from './narration.ts';

const sandbox = 'sandbox/quickstart-debian';
const machineRoot = `${sandbox}/machine`;
const declaration = `${machineRoot}/etc/genctl`;
const image = `${sandbox}/disk.img`;
const firmware = `${sandbox}/firmware`;

/** What one generation differs in from the other. */
interface Wish {
  packages: readonly string[];
  motd: string;
}

const older: Wish = { packages: ['openssh-server'], motd: 'Good morning from generation 1.' };
const newer: Wish = {
  packages: [...older.packages, 'htop'],
  motd: 'Good evening from generation 2.',
};

function systemConf({ packages }: Wish): string {
  return `[system]
builder = debian
suite = bookworm
kernelPackage = linux-image-cloud-amd64
[environment]
${packages.map(name => `systemPackages = ${name}`).join('\n')}
[networking]
hostName = atlas
[users.users "root"]
# The password is secret.
initialHashedPassword = ${rootPassword}
[boot]
# An emulated timer may be late, and is not broken then.
kernelParams = quiet console=ttyS0 no_timer_check
[fileSystems "/"]
device = LABEL=root
fsType = ext4
[fileSystems "/boot"]
device = LABEL=ESP
fsType = vfat
`;
}

const rootPassword =
  '$6$genctl$rj5I/aSHdt2yzkj/sMQJvELV7iskMIVA2mNz6RWgz8RYVIrGR.VU7/NieAygyLgVObvUtOzAoW9rLiEQnpNCi.';

/** Lets the machine say what it is once it is up, and switch itself off. */
const reportUnit = `[Unit]
Description=What the quickstart wants to know
After=multi-user.target
[Service]
Type=exec
ExecStart=/bin/sh /etc/quickstart-report
[Install]
WantedBy=multi-user.target
`;

const files: Readonly<Record<string, string>> = {
  'systemd/system/quickstart-report.service': reportUnit,
  'systemd/system-preset/50-quickstart.preset': 'enable quickstart-report.service\n',
};

async function declare(wish: Wish): Promise<void> {
  const texts = { ...files, motd: `${wish.motd}\n` };
  for (const [path, text] of Object.entries(texts)) {
    const target = join(declaration, 'etc', path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }
  const report = fileURLToPath(new URL('quickstart-report.sh', import.meta.url));
  await copyFile(report, join(declaration, 'etc/quickstart-report'));
  await writeFile(join(declaration, 'system.conf'), systemConf(wish));
}

type Report = ReadonlyMap<string, string>;

async function showReport(pick?: RegExp): Promise<Report> {
  const options = { image, folder: firmware, memoryMiB: 1024 };
  const said = await showBoot(pick === undefined ? options : { ...options, pick });
  const report = valuesIn(parseFacts(said).hook);
  detail('\nwhat the machine says of itself:\n\n');
  for (const [name, value] of report) detail(`${name.padEnd(20)} ${value}`);
  return report;
}

/** What the last line claims of one boot. */
function assertShown(report: Report, { motd }: Wish, number: number, htop: string): void {
  const is = (name: string, value: string): boolean => report.get(name) === value;
  const boot = `boot ${number}`;
  assertClaims([
    [is('state', 'running'), `${boot}: systemd is running, and no unit has failed`],
    [is('motd', motd), `${boot}: /etc/motd is of this generation`],
    [is('htop', htop), `${boot}: htop is ${htop}`],
    [is('boots', String(number)), `${boot}: /var has counted all boots`],
    [is('write-to-usr', 'Read-only file system'), `${boot}: /usr is read-only`],
    [is('write-to-store', 'Read-only file system'), `${boot}: the store is read-only`],
  ]);
}

async function quickstart(): Promise<string> {
  step(`The declaration of an empty machine in ${machineRoot}`);
  await removeTree(sandbox);
  await mkdir(`${machineRoot}/boot/EFI`, { recursive: true });
  giveSharedPackages(machineRoot);
  await declare(older);
  detail(colours.dim(systemConf(older)));

  step("Its first generation: Debian's packages, installed into the store; the boot loader");
  await genctl(machineRoot, 'install');

  step('htop is added to the list, and /etc/motd says something else');
  await declare(newer);
  await genctl(machineRoot, 'lock');
  await genctl(machineRoot, 'boot');
  await genctl(machineRoot, 'list');
  await genctl(machineRoot, 'diff', '1', '2');
  keepPackages(machineRoot);

  step(`A disk image of the machine: ${image} (GPT; ESP and ext4)`);
  await writeDisks(machineRoot, [plainDisk(image, { freeMiB: 256 })]);

  const lacking = lackingForBoots();
  if (lacking.length > 0) {
    return `quickstart: done without the boots (missing: ${lacking.join(' ')}): generations 1 and 2 built and in the menu`;
  }
  step('Boot it in QEMU under UEFI firmware: the menu starts generation 2');
  assertShown(await showReport(), newer, 1, '/usr/bin/htop');

  step('Boot it again, and pick generation 1 in the menu');
  assertShown(await showReport(/generation 1\b/), older, 2, 'not there');
  return 'quickstart: ok: htop added, generation 2 booted with it and generation 1 without; /usr and the store read-only, /var kept';
}

await narrate(quickstart);
