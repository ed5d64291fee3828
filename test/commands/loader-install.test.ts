import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';

const own = '/boot/EFI/systemd/systemd-bootx64.efi';
const removable = '/boot/EFI/BOOT/BOOTX64.EFI';

/** A program that is recognised as a systemd-boot of a version. */
function systemdBoot(version: string): string {
  return `MZ of another system #### LoaderInfo: systemd-boot ${version} ####\n`;
}

function ledgerFolder(sandbox: Sandbox): string {
  return `/boot/loader/genctl/${sandbox.names('/boot/loader/genctl')[0]}`;
}

/** Cuts both copies of the ledger, as a crash of a bad disk might. */
function loseLedger(sandbox: Sandbox): void {
  for (const name of sandbox.names(ledgerFolder(sandbox))) {
    const path = `${ledgerFolder(sandbox)}/${name}`;
    sandbox.write(path, sandbox.read(path).slice(0, 100));
  }
}

test('a loader.conf of ours that was deleted is made anew', () => {
  using sandbox = Sandbox.with(1);
  fs.rmSync(sandbox.at('/boot/loader/loader.conf'));
  assertRefused(sandbox, ['menu', 'sync'], {
    code: 'LOADER_NOT_INSTALLED',
    message: '/boot/loader/loader.conf: somebody has deleted it',
    hint: /genctl loader install/,
  });
  sandbox.runWell('loader', 'install');
  assert.is(Buffer.byteLength(sandbox.read('/boot/loader/loader.conf')), 512);
  sandbox.runWell('menu', 'sync');
  assert.match(sandbox.read('/boot/loader/loader.conf'), /^default genctl-[0-9a-f]{8}-1-/);
});

test("another system's newer systemd-boot stays, an older one is exchanged", () => {
  using sandbox = Sandbox.blank();
  sandbox.write(own, systemdBoot('257.1'));
  sandbox.write(removable, systemdBoot('251'));
  const { stderr, stdout } = sandbox.runWell('loader', 'install');
  assert.match(stdout, /^systemd-boot 257\.1 is installed on /);
  assert.match(stderr, `warning[LOADER_NEWER]: ${own}: it is systemd-boot 257.1, newer than 252 `);
  assert.is(sandbox.read(own), systemdBoot('257.1'));
  assert.match(sandbox.read(removable), 'systemd-boot 252 ');
  const updated = sandbox.runWell('loader', 'update', '--json').json as { changed: boolean };
  assert.is(updated.changed, false);
  const slots = sandbox.names(ledgerFolder(sandbox));
  const ledger = slots.map(name => sandbox.read(`${ledgerFolder(sandbox)}/${name}`)).join('');
  assert.match(ledger, 'EFI/BOOT/BOOTX64.EFI');
  assert.not.match(ledger, 'EFI/systemd/systemd-bootx64.efi');
  sandbox.runWell('switch');
});

test('a program that is no systemd-boot is left alone at either place', () => {
  for (const path of [own, removable]) {
    using sandbox = Sandbox.with(0);
    sandbox.write(path, 'MZ grub');
    assertRefused(sandbox, ['loader', 'install'], {
      code: 'LOADER_FOREIGN',
      message: `${path} is another boot loader`,
      hint: /left alone/,
    });
  }
});

test('with a lost ledger, what has our names is adopted and goes when its time has come', () => {
  using sandbox = Sandbox.with(3);
  const entries = sandbox.entries();
  const blobs = `/boot/EFI/genctl/${sandbox.names('/boot/EFI/genctl')[0]}`;
  sandbox.write('/boot/loader/entries/other.conf', 'title Other\nlinux /other\n');
  sandbox.write(`${blobs}/notes.txt`, 'by hand');
  loseLedger(sandbox);
  assert.match(sandbox.run(['status']).stderr, 'warning[LEDGER_LOST]');
  sandbox.runWell('loader', 'install');
  assert.equal(
    sandbox.names('/boot/loader').filter(name => name.includes('before-genctl')),
    [],
    'our own loader.conf is nothing to keep',
  );
  sandbox.runWell('menu', 'sync');
  assert.equal(sandbox.entries(), [...entries, 'other.conf']);
  sandbox.runWell('gc', '--keep', '1');
  assert.is(sandbox.entries().length, 2, sandbox.entries().join(' '));
  assert.ok(sandbox.exists(`${blobs}/notes.txt`));
  assert.is(sandbox.run(['status']).exitCode, 0);
});

test('with a lost ledger, a blob that is damaged is written anew', () => {
  using sandbox = Sandbox.with(1);
  const blobs = `/boot/EFI/genctl/${sandbox.names('/boot/EFI/genctl')[0]}`;
  const kernel = `${blobs}/${sandbox.names(blobs).find(name => name.startsWith('linux-'))}`;
  const whole = sandbox.read(kernel);
  sandbox.write(kernel, 'x'.repeat(whole.length));
  loseLedger(sandbox);
  sandbox.runWell('loader', 'install');
  // Not walked: undoing does not bring damage back.
  assert.is(sandbox.run(['menu', 'sync'], { env: {} }).exitCode, 0);
  assert.is(sandbox.read(kernel), whole);
});

test('with a lost ledger, nothing of a generation that cannot be read goes', () => {
  using sandbox = Sandbox.with(2);
  const entries = sandbox.entries();
  loseLedger(sandbox);
  sandbox.runWell('loader', 'install');
  const bootJson = `${sandbox.target(1)}/boot.json`;
  sandbox.edit(bootJson, () => '{');
  sandbox.run(['menu', 'sync']);
  assert.equal(sandbox.entries(), entries);
});

test('the ledger of an installation whose name begins alike is not ours', () => {
  using sandbox = Sandbox.with(1);
  sandbox.edit('/nix/var/genctl/state.json', text =>
    text.replace(/("owner": "[0-9a-f]{8}-)[0-9a-f]{4}/, '$10000'),
  );
  sandbox.declare({ label: 'new' });
  for (const args of [['switch'], ['loader', 'install'], ['menu', 'sync']]) {
    assertRefused(sandbox, args, {
      code: 'LEDGER_OF_ANOTHER',
      message: /loader\/genctl\/[0-9a-f]{8} belongs to the installation /,
      hint: /state\.json/,
    });
  }
  assert.match(sandbox.run(['status']).stderr, 'LEDGER_OF_ANOTHER');
});

test('a default that moves leaves the ledger as it is', () => {
  using sandbox = Sandbox.with(2);
  const plan = sandbox.runWell('boot', '1', '--dry-run').stdout;
  assert.not.match(plan, 'record what is ours');
});

test.run();
