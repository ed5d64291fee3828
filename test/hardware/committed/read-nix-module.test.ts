import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../../src/errors.ts';
import type { CommittedModule } from '../../../src/hardware/committed/committed-module.ts';
import { readNixModule } from '../../../src/hardware/committed/read-nix-module.ts';
import { nixTest } from '../../store/real-nix.ts';
import { Scratch } from '../../store/scratch.ts';

const scratch = new Scratch();
process.on('exit', () => scratch[Symbol.dispose]());

/** A file whose own path needs quoting in every language there is. */
const folder = scratch.folder(`a $\{b} "c=d`);
const path = `${folder}/hardware 'x'.nix`;

async function read(text: string): Promise<CommittedModule> {
  fs.writeFileSync(path, text);
  return readNixModule(path);
}

/** Ways in which people write the same. */
const understood: readonly (readonly [name: string, text: string, module: object])[] = [
  [
    'values, defaults and lists',
    '{ config, lib, ... }: { a.b = lib.mkDefault 1; a.c = lib.mkForce "x"; d = [ "e" ]; f = [ ]; }',
    { 'a.b': 1, 'a.c': 'x', d: ['e'] },
  ],
  [
    'what NixOS itself brings',
    '{ modulesPath, config, ... }: { imports = [ (modulesPath + "/x.nix") ./y.nix ]; a = config.hardware.enableRedistributableFirmware; b = [ config.boot.kernelPackages.broadcom_sta ]; c.preLVM = config.boot.initrd.systemd.enable; }',
    {
      imports: ['modulesPath/x.nix', `${folder}/y.nix`],
      a: 'config.hardware.enableRedistributableFirmware',
      b: ['config.boot.kernelPackages.broadcom_sta'],
      'c.preLVM': 'config.boot.initrd.systemd.enable',
    },
  ],
  [
    "NixOS's modules on the search path, as years ago",
    '{ ... }: { imports = [ <nixpkgs/nixos/modules/installer/scan/not-detected.nix> <x/y.nix> ]; }',
    { imports: ['modulesPath/installer/scan/not-detected.nix', '<x/y.nix>'] },
  ],
  ['arguments without dots', '{ lib }: { a = lib.mkIf false 1; b = true; }', { b: true }],
  ['one argument with a name', 'args: { a = args.lib.mkDefault 2; }', { a: 2 }],
  [
    'no arguments',
    '{ fileSystems."/a b".options = [ "x" ]; }',
    { 'fileSystems."/a b".options': ['x'] },
  ],
  ['the long form', '{ ... }: { imports = [ ]; config = { a = 1; }; }', { a: 1 }],
  [
    'swaps, told apart by their devices',
    '{ swapDevices = [ { label = "s"; } { device = "/x"; randomEncryption = true; priority = -1; } ]; }',
    {
      'swapDevices."/dev/disk/by-label/s".label': 's',
      'swapDevices."/dev/disk/by-label/s".device': '/dev/disk/by-label/s',
      'swapDevices."/x".device': '/x',
      'swapDevices."/x".randomEncryption.enable': true,
      'swapDevices."/x".priority': -1,
    },
  ],
];

for (const [name, text, module] of understood) {
  nixTest(`reads ${name}`, async () => {
    assert.equal(Object.fromEntries(await read(text)), module);
  });
}

/** What is no module that can be read alone, and what is said of it. */
const refused: readonly (readonly [name: string, text: string, reason: RegExp])[] = [
  ['half a file', '{ a = \n', /syntax error, unexpected end of file/],
  ['a module that asks for more', '{ inputs, ... }: { }', /without required argument 'inputs'/],
  ['an option of the whole system', '{ config, ... }:\n{ a = config.x; }', /attribute 'x' missing/],
  ['something else', '[ 1 ]', /it is not a module/],
  ['a file from elsewhere', '{ a = builtins.readFile "/etc/hostname"; }', /forbidden/],
  ['something from the network', 'import (fetchTarball "http://localhost:1/")', /forbidden/],
  ['a circle', 'let a = { inherit a; }; in a', /infinite recursion/],
];

for (const [name, text, reason] of refused) {
  nixTest(`refuses ${name}`, async () => {
    try {
      await read(text);
    } catch (thrown) {
      assert.instance(thrown, GenctlError);
      const { code, message, hint } = thrown as GenctlError;
      assert.is(code, 'MODULE_UNREADABLE');
      assert.match(message, reason);
      assert.ok(message.startsWith(path));
      assert.ok(hint !== undefined);
      return;
    }
    assert.unreachable('it was read');
  });
}

async function failure(work: () => Promise<unknown>): Promise<GenctlError> {
  try {
    await work();
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was wrong');
}

/** What is refused, or ended, before it takes the machine with it. */
const harmful: readonly (readonly [name: string, make: () => void, reason: RegExp])[] = [
  ['a pipe', () => spawnSync('mkfifo', [path]), /it is not a file/],
  ['a folder with a default.nix', () => fs.mkdirSync(path), /it is not a file/],
  ['a device', () => fs.symlinkSync('/dev/zero', path), /it is not a file/],
  ['2 MiB', () => fs.writeFileSync(path, ' '.repeat(2 << 20)), /more than 1048576 bytes/],
  [
    'a list that fills the memory',
    () => fs.writeFileSync(path, '{ a = builtins.genList (x: "aaaaaaaaaaaaaaaaaaaa") 1000000; }'),
    /it printed more than/,
  ],
  [
    'what lies beside it',
    () => {
      fs.writeFileSync(`${folder}/secret`, 'secret');
      fs.writeFileSync(path, '{ a = builtins.readFile ./secret; }');
    },
    /forbidden/,
  ],
];

for (const [name, make, reason] of harmful) {
  nixTest(`refused: ${name}`, async () => {
    fs.rmSync(path, { recursive: true, force: true });
    make();
    try {
      await readNixModule(path);
      assert.unreachable();
    } catch (thrown) {
      assert.instance(thrown, GenctlError);
      assert.match(String(thrown), reason);
    } finally {
      fs.rmSync(path, { recursive: true, force: true });
    }
  });
}

nixTest('a search path opens no way out of the file', async () => {
  process.env['NIX_PATH'] = `x=${folder}`;
  try {
    fs.writeFileSync(`${folder}/secret`, 'secret');
    await read(
      `{ a = builtins.readFile ${JSON.stringify(`${folder}/secret`).replace('${', '\\${')}; }`,
    );
    assert.unreachable();
  } catch (thrown) {
    assert.match(String(thrown), /forbidden/);
  } finally {
    delete process.env['NIX_PATH'];
  }
});

test('a missing file is said to be missing', async () => {
  const { code, hint } = await failure(() => readNixModule(`${scratch.path}/none.nix`));
  assert.is(code, 'MODULE_MISSING');
  assert.is(hint, 'Write one with `genctl hardware write --format nix`.');
});

test('a machine without Nix learns what to install', async () => {
  fs.writeFileSync(`${scratch.path}/x.nix`, '{ }');
  const programs = process.env['PATH'];
  process.env['PATH'] = scratch.path;
  try {
    const { code, hint } = await failure(() => readNixModule(`${scratch.path}/x.nix`));
    assert.is(code, 'PROGRAM_MISSING');
    assert.match(hint ?? '', 'apt-get install nix-bin');
  } finally {
    process.env['PATH'] = programs;
  }
});

nixTest('reading opens no store: a machine without one has none afterwards', async () => {
  const before = fs.existsSync('/nix');
  await read('{ a = ./.; }');
  assert.is(fs.existsSync('/nix'), before);
});

test.run();
