// The owner of a plain Debian makes it one of generations: nothing of hers is lost, and the Debian
// that was there boots as before.
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { giveSharedPackages, keepPackages } from '../../packages/real-packages.ts';
import { type Disk, offsetOf } from '../disk-image.ts';
import { guestFile, layProgram, place } from '../guest-programs.ts';
import { runTool } from '../run-tool.ts';
import { bundleGenctl, genctlExecutable, SandboxMachine } from '../sandbox-machine.ts';
import { makeWorkFolder } from '../work-folder.ts';
import { generationsTest } from './declare-debian.ts';
import { layPlainDebian } from './plain-debian.ts';
import { Said } from './said.ts';

const plainDebian = /Debian GNU/;
const rootUuid = '5f0c3b8e-2d7a-4f6c-9b1e-0d2a3c4b5f60';
const esp = {
  type: 'esp',
  label: 'ESP',
  mountPoint: '/boot/efi',
  sizeMiB: 128,
  uuid: 'A71A-5001',
} as const;

/** What a boot says that has to be the same whichever system is up. */
const lasting = [
  'anna',
  'home',
  'may-sudo',
  'account',
  'cron-options',
  'cron-job',
  'job',
  'job-said',
  'ssh',
  'offered-key',
  'host-keys',
  'machine-id',
  'motd',
  'top-links',
  'mounted',
  'sudo-package',
];

/** Four boots and an installation of Debian take long: scripts/soak. */
const isSoak = Number(process.env['GENCTL_TEST_KILLS'] ?? 0) > 100;

function convertedTest(name: string, body: () => Promise<void>): void {
  if (isSoak) generationsTest(name, body, { mmdebstrap: 'mmdebstrap', debugfs: 'e2fsprogs' });
  else test.skip(`${name} (scripts/soak)`, body);
}

let machine: SandboxMachine;
let disk: Disk;
/** The first boot of plain Debian, before genctl has changed anything. */
let before: Said;

convertedTest('a running Debian is declared by one command', async () => {
  await bundleGenctl();
  machine = new SandboxMachine(await makeWorkFolder('converted'));
  disk = { image: machine.image, boot: [esp], rootFreeMiB: 300, rootUuid };
  await layPlainDebian(machine.root);
  await moveIn(machine.root);
  await layScripts(['before.sh']);
  await machine.writeDisks([disk]);
  const { facts } = await machine.boot();
  before = new Said(facts.hook);
  before.isRunning();
  before.is('usr', 'own');
  before.is('may-sudo', '0');
  before.is('job', 'active annasjob');
  before.is('cron-options', '/usr/sbin/cron -f -L 5 ');
  // There are things to look at, which are told.
  before.is('init', '3');
  before.matches('init-said', /next: .*`genctl loader install`.*`genctl lock`.*`genctl boot`/);
  before.matches('init-said', /left out: files in \/usr\/local,/);
});

convertedTest('a generation of it comes up, with all that was hers', async () => {
  const { root } = machine;
  await takeDeclaration();
  // As the left-out list says.
  await runTool('cp', ['-a', `${root}/usr/local/.`, join(root, 'var/local')]);
  giveSharedPackages(root);
  await machine.genctl('lock');
  await machine.genctl('loader', 'install');
  await machine.genctl('boot');
  keepPackages(root);
  await layScripts(['generation.sh', 'plain.sh', 'generation.sh']);
  await machine.writeDisks([disk]);
  const { menu, facts } = await machine.boot();
  assert.match(menu.titles[menu.chosen] ?? '', /generation 1\b/);
  isHers(new Said(facts.hook), 'generation');
});

convertedTest('the Debian that was there boots, and is what it was', async () => {
  const { facts } = await machine.boot({ pick: plainDebian });
  const said = new Said(facts.hook);
  isHers(said, 'own');
  said.is('modules', before.value('modules'));
  // Only a boot leads from one to the other.
  said.matches('switch-said', /NEEDS_REBOOT/);
});

convertedTest('and the generation once more', async () => {
  const { facts } = await machine.boot();
  const said = new Said(facts.hook);
  isHers(said, 'generation');
  said.is('switch', '0');
});

function isHers(said: Said, usr: 'generation' | 'own'): void {
  said.isRunning();
  said.is('usr', usr);
  for (const name of lasting) said.is(name, before.value(name));
  // Each reads its own database of packages: the generation brings a checker of its root.
  if (usr === 'own') said.not('checker', 'install ok installed');
  else {
    said.is('checker', 'install ok installed');
    said.is('broken-links', before.value('broken-links'));
  }
}

/** Has somebody live there, with genctl installed beside Debian's packages. */
async function moveIn(root: string): Promise<void> {
  await layProgram(root, process.execPath, '/usr/local/bin/node');
  await place(root, genctlExecutable, '/usr/local/bin/genctl', 0o755);
  const unit = '/etc/systemd/system/genctl-test.service';
  await place(root, guestFile('generations/genctl-test.service'), unit, 0o644);
  await place(root, guestFile('generations/converted/move-in.sh'), '/root/move-in', 0o755);
  const env = { ROOT_UUID: rootUuid, ESP_UUID: esp.uuid };
  await runTool('chroot', [root, '/bin/sh', '/root/move-in'], { env });
}

/** One script for each boot of the disk that is written next. */
async function layScripts(names: readonly string[]): Promise<void> {
  const programs = {
    'run-boot': 'generations/run-boot.sh',
    'questions.sh': 'debian/facts.sh',
    'tell.sh': 'generations/converted/tell.sh',
    ...Object.fromEntries(
      names.map((name, index) => [`boot-${index + 1}`, `generations/converted/${name}`]),
    ),
  };
  for (const [name, source] of Object.entries(programs)) {
    await place(machine.root, guestFile(source), `/etc/genctl-test/${name}`, 0o644);
  }
}

/** Brings what `init` has written on the disk to the folder that the next disk is made of. */
async function takeDeclaration(): Promise<void> {
  const rootOffset = offsetOf(disk, esp.mountPoint) + esp.sizeMiB * 1024 * 1024;
  const copy = `rdump /etc/genctl ${machine.root}/etc`;
  await runTool('debugfs', ['-R', copy, `${machine.image}?offset=${rootOffset}`]);
}

test.after(async () => machine?.[Symbol.asyncDispose]());

test.run();
