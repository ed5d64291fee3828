// What a live switch to another system cannot do, and what it says of that.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rebootFindings } from '../../../src/commands/machine/activation/reboot-findings.ts';
import { refuseOtherKind } from '../../../src/commands/machine/activation/refuse-other-kind.ts';
import { GenctlError } from '../../../src/errors.ts';
import { Root } from '../../../src/host/root.ts';
import { renderPackageList } from '../../../src/system/debian/package-list.ts';

const sandbox = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-other-'));
test.after(() => fs.rmSync(sandbox, { recursive: true }));

interface Made {
  kernel: string;
  /** Versions by name; undefined for a system that leaves `/usr` to the machine. */
  packages: Readonly<Record<string, string>> | undefined;
}

/** A running machine with the booted system and another one, which `system` names. */
function machineWith(booted: Made, other: Made): { root: Root; system: string } {
  const top = fs.mkdtempSync(path.join(sandbox, 'root-'));
  const lay = (name: string, { kernel, packages }: Made): string => {
    const at = path.join(top, 'nix/store', name);
    fs.mkdirSync(at, { recursive: true });
    fs.writeFileSync(path.join(top, 'nix/store', kernel), '');
    fs.symlinkSync(`/nix/store/${kernel}`, path.join(at, 'kernel'));
    if (packages === undefined) return `/nix/store/${name}`;
    fs.mkdirSync(path.join(top, 'nix/store/tree'), { recursive: true });
    fs.symlinkSync('/nix/store/tree', path.join(at, 'os'));
    const list = Object.entries(packages).map(([name, version]) => ({
      name,
      version,
      architecture: 'amd64',
      installedSizeBytes: 0,
      depends: [],
      isWanted: false,
    }));
    fs.writeFileSync(path.join(at, 'packages.json'), renderPackageList(list));
    return `/nix/store/${name}`;
  };
  fs.mkdirSync(path.join(top, 'run'));
  fs.symlinkSync(lay('booted', booted), path.join(top, 'run/booted-system'));
  const root = new Root(top);
  Object.defineProperty(root, 'isLive', { value: true });
  return { root, system: lay('other', other) };
}

const old = { kernel: 'vmlinuz-1', packages: { htop: '3', libc6: '2.36-9', systemd: '252' } };

/** What is said of a switch to it. */
function advised(other: Made): string[] {
  const { root, system } = machineWith(old, other);
  using _ = root;
  return rebootFindings(root, system).map(({ subject }) => subject);
}

test('another kernel or libc takes a reboot, and is said', () => {
  const packages = { ...old.packages, libc6: '2.36-10' };
  assert.equal(advised({ kernel: 'vmlinuz-2', packages }), ['the kernel', 'libc6']);
});

test('another program takes none', () => {
  assert.equal(advised({ ...old, packages: { ...old.packages, htop: '4', nano: '7' } }), []);
});

/** Why a live switch is refused; undefined where it is not. */
function refusal(booted: Made, other: Made): string | undefined {
  const { root, system } = machineWith(booted, other);
  using _ = root;
  try {
    refuseOtherKind(root, system);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GenctlError) return `${thrown.code} ${thrown.hint}`;
    throw thrown;
  }
}

test('only a boot puts a /usr of the store in the place of the machine’s, or gives it back', () => {
  const files = { kernel: 'vmlinuz-1', packages: undefined };
  assert.is(refusal(old, old), undefined);
  assert.is(refusal(files, files), undefined);
  assert.match(refusal(files, old) ?? '', /^NEEDS_REBOOT .*genctl boot/);
  assert.match(refusal(old, files) ?? '', /^NEEDS_REBOOT .*genctl boot/);
});

test.run();
