// The owner of a Debian machine adds a package, boots the new generation, picks the old one in the
// menu, and goes from one to the other while the machine runs.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { keepPackages } from '../../packages/real-packages.ts';
import { plainDisk } from '../disk-image.ts';
import { bootThroughGrub } from '../grub/boot-grub.ts';
import { generationsIn } from '../grub/installed.ts';
import { runTool } from '../run-tool.ts';
import type { SandboxMachine } from '../sandbox-machine.ts';
import {
  type DebianDeclaration,
  declareDebian,
  generationsTest,
  layKey,
  makeEmptyMachine,
} from './declare-debian.ts';
import { Said } from './said.ts';

const mebibyte = 1 << 20;
/** What tells one from the other, by what `tell_generation` says. Groups that came stay. */
const older = { motd: 'one', htop: 'none', cron: 'inactive' };
const newer = { motd: 'two', htop: '/usr/bin/htop', cron: 'active', 'crontab-group': 'crontab' };

/** Switches are killed as well, which takes long: scripts/soak. */
const isAttacked = Number(process.env['GENCTL_TEST_KILLS'] ?? 0) > 100;

const scripts = ['newest.sh', 'picked.sh', ...(isAttacked ? ['killed.sh'] : []), 'from-bios.sh'];

/** So that GRUB can be declared on the machine without fetching anything. */
const grubPackages = ['efibootmgr', 'grub-efi-amd64-bin', 'grub-pc-bin', 'grub2-common'];

let machine: SandboxMachine;

generationsTest('adding htop takes little: no kernel, no initrd, few bytes', async () => {
  machine = await makeEmptyMachine();
  const { root } = machine;
  const sections = await layKey(root);
  await declare({ packages: grubPackages, motd: 'one', sections });
  await machine.genctl('install');
  keepPackages(root);
  const before = { store: await storeBytes(root), files: await bootFiles(root) };

  await declare({ packages: [...grubPackages, 'cron', 'htop'], motd: 'two', sections });
  await machine.genctl('boot');
  keepPackages(root);
  const added = (await storeBytes(root)) - before.store;
  assert.ok(added < 10 * mebibyte, `${added} bytes`);
  assert.equal(await bootFiles(root), before.files);
  const difference = await machine.genctl('diff', '1', '2');
  assert.match(difference, /\+ htop 3\./);
});

generationsTest('the newer generation boots, with walls where they belong', async () => {
  const disk = plainDisk(machine.image, { freeMiB: 400 });
  await machine.writeDisks([{ ...disk, table: 'gpt-bios' }]);
  const { menu, facts } = await machine.boot();
  assert.equal(generationsIn(menu.titles), ['2', '1']);
  const said = new Said(facts.hook);
  said.is('boot', '1');
  said.isRunning();
  said.isGeneration('booted', newer);
  said.is('numbers', '2 1 ');
  said.is('status', '0');

  const readOnly = 'Read-only file system';
  for (const place of ['-usr', '-usr-lib-modules', '-nix-store']) {
    said.is(`takes-${place}`, readOnly);
  }
  for (const place of ['-', '-etc', '-var', '-home', '-usr-local-bin']) {
    said.is(`takes-${place}`, 'yes');
  }
  said.matches('store-options', /^ro,nosuid,nodev\b/);
  said.matches('usr-options', /^ro\b(?!.*(?:nosuid|nodev))/);
  said.is('su-usr', '0');
  said.is('ping-usr', '0');
  said.is('su-nix', '');
  said.not('ping-nix', '0');

  for (const change of ['dpkg-install', 'apt-remove']) {
    said.not(change, '0');
    said.matches(`${change}-said`, /genctl: to add one, put a line "systemPackages = NAME"/);
  }
  said.is('owner-of-ls', 'coreutils: /bin/ls');
  said.matches('files-of-dpkg', /^\d{3}$/);
});

generationsTest('the older one is picked in the menu; live switches go both ways', async () => {
  const { facts } = await machine.boot({ pick: /generation 1\b/ });
  const said = new Said(facts.hook);
  said.is('boot', '2');
  said.isRunning();
  said.isGeneration('booted', older);
  // Only the menu was told otherwise.
  said.is('booted-current', 'system-2-link');

  said.is('to-newer', '0');
  said.isGeneration('newer', newer);
  said.is('newer-current', 'system-2-link');
  said.is('new-connection', '0');
  said.matches('new-connection-said', /^htop 3\./);
  said.matches('modules', /^\d{3,}$/);
  said.is('modprobe', '0');
  said.is('state-newer', 'running');

  said.is('back', '0');
  said.isGeneration('older', older);
  said.is('older-current', 'system-1-link');
  said.is('state-older', 'running');

  said.is('own-build', '0');
  for (const when of ['booted', 'newer', 'older']) said.is(`connection-${when}`, '0');
});

generationsTest(
  'after a power cut within a switch, a BIOS starts one of them by GRUB',
  async () => {
    const { menus, facts } = await bootThroughGrub(machine, {
      firmware: 'bios',
      pick: [/All configurations/, /generation 1\b/],
    });
    assert.equal(generationsIn(menus[1]?.titles ?? []), ['3', '2', '1']);
    const said = new Said(facts.hook);
    said.is('boot', String(scripts.length));
    said.is('firmware', 'bios');
    said.isRunning();
    said.is('recover', '0');
    said.matches('recover-said', /"recovered":\s*"(?:back|forward)"/);
    said.matches('findings', /\[\]/);
    said.isGeneration('booted', older);
  },
);

/** The store's own bytes, each file once. */
async function storeBytes(root: string): Promise<number> {
  const store = join(root, 'nix/store');
  const [bytes] = (await runTool('du', ['--summarize', '--block-size=1', store])).split('\t');
  return Number(bytes);
}

function bootFiles(root: string): Promise<string[]> {
  return readdir(join(root, 'boot/EFI/genctl'), { recursive: true });
}

function declare(declaration: DebianDeclaration): Promise<void> {
  return declareDebian(machine.root, declaration, scripts);
}

test.after(async () => machine?.[Symbol.asyncDispose]());

test.run();
