// A machine of Debian's packages in a folder: what the bench builds, and boots.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { packageCacheFolder } from '../src/system/debian/apt/package-cache.ts';
import type { Lock, LockedPackage } from '../src/system/debian/lock/lock.ts';
import { suite } from '../test/packages/real-packages.ts';
import { shareFile } from '../test/packages/share-file.ts';
import { emulatedKernel } from '../test/vm/emulated-kernel.ts';
import { time } from './bench-figures.ts';

/** The part of a system's boot.json that starts it. */
export interface StartedBy {
  /** As the machine sees it, like the others. */
  toplevel: string;
  kernel: string;
  initrd: string;
  init: string;
  kernelParams: readonly string[];
}

const configFolder = '/etc/genctl';
const lockFile = `${configFolder}/genctl.lock`;
/** Apt's lists, so that a build with another package needs no network. */
const aptFolder = '/var/cache/genctl/apt';

/** It is `secret`: where nobody could log in, genctl warns. */
const rootPassword =
  '$6$genctl$rj5I/aSHdt2yzkj/sMQJvELV7iskMIVA2mNz6RWgz8RYVIrGR.VU7/NieAygyLgVObvUtOzAoW9rLiEQnpNCi.';

/** Files below /etc that have a boot told how long it took. */
export const reportingFiles: Readonly<Record<string, string>> = {
  'bench/report': 'scripts/bench-report.sh',
  'systemd/system/bench-report.service': 'scripts/bench-report.service',
};

export class DebianMachine {
  readonly root: string;
  readonly #genctl: string;

  constructor(root: string, genctl: string) {
    this.root = root;
    this.#genctl = genctl;
    fs.mkdirSync(this.at('/boot/EFI'), { recursive: true });
    for (const [name, source] of Object.entries(reportingFiles)) {
      this.#write(`${configFolder}/etc/${name}`, fs.readFileSync(source, 'utf8'));
    }
    const preset = `${configFolder}/etc/systemd/system-preset/50-bench.preset`;
    this.#write(preset, 'enable bench-report.service\n');
  }

  /** Where a path of the machine is on the host. */
  at(logical: string): string {
    return this.root + logical;
  }

  /** Declares the smallest machine that boots, and packages besides. */
  declare(packages: readonly string[]): void {
    const lines = [
      '[system]',
      'builder = debian',
      `suite = ${suite}`,
      'kernelPackage = linux-image-cloud-amd64',
      '[environment]',
      ...packages.map(name => `systemPackages = ${name}`),
      '[networking]',
      'hostName = atlas',
      '[users.users "root"]',
      `initialHashedPassword = ${rootPassword}`,
      '[boot]',
      `kernelParams = console=ttyS0 quiet panic=1 systemd.show_status=no ${emulatedKernel}`,
      '[fileSystems "/"]',
      'device = LABEL=root',
      'fsType = ext4',
      '[fileSystems "/boot"]',
      'device = LABEL=ESP',
      'fsType = vfat',
    ];
    this.#write(`${configFolder}/system.conf`, `${lines.join('\n')}\n`);
  }

  /** Runs a command of genctl on this machine; returns the milliseconds that it takes. */
  genctl(...args: readonly string[]): number {
    return time([this.#genctl, '--root', this.root, ...args]);
  }

  /** Gives it the packages and apt's lists of another one, so that it needs no network. */
  takeCaches(other: DebianMachine): void {
    fs.mkdirSync(this.at(packageCacheFolder), { recursive: true });
    for (const name of fs.readdirSync(other.at(packageCacheFolder))) {
      shareFile(
        `${other.at(packageCacheFolder)}/${name}`,
        `${this.at(packageCacheFolder)}/${name}`,
      );
    }
    const options = { recursive: true, preserveTimestamps: true };
    fs.cpSync(other.at(aptFolder), this.at(aptFolder), options);
  }

  removeCaches(): void {
    fs.rmSync(path.dirname(this.at(aptFolder)), { recursive: true });
  }

  get lock(): Lock {
    return JSON.parse(fs.readFileSync(this.at(lockFile), 'utf8')) as Lock;
  }

  set lock(lock: Lock) {
    this.#write(lockFile, `${JSON.stringify(lock, undefined, 2)}\n`);
  }

  /** Where a locked package's `.deb` is, on the host. */
  debOf({ sha256 }: LockedPackage): string {
    return `${this.at(packageCacheFolder)}/${sha256}.deb`;
  }

  /** How the current generation is started. */
  startedBy(): StartedBy {
    const profile = '/nix/var/nix/profiles/system';
    const link = fs.readlinkSync(this.at(profile));
    const toplevel = fs.readlinkSync(this.at(path.posix.resolve(path.dirname(profile), link)));
    const document = JSON.parse(fs.readFileSync(this.at(`${toplevel}/boot.json`), 'utf8'));
    return document['org.nixos.bootspec.v1'] as StartedBy;
  }

  #write(logical: string, text: string): void {
    fs.mkdirSync(path.dirname(this.at(logical)), { recursive: true });
    fs.writeFileSync(this.at(logical), text);
  }
}
