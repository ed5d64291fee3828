import * as fs from 'node:fs';
import * as assert from 'uvu/assert';
import { isInstalled } from '../../../src/host/run.ts';
import type { Lock } from '../../../src/system/debian/lock/lock.ts';
import type { Archive } from '../../packages/archive.ts';
import { suite } from '../../packages/real-packages.ts';
import { smallKernel } from '../../packages/small-debian.ts';
import { type Answer, type RunOptions, Sandbox } from '../sandbox.ts';
import { testWhere } from '../test-where.ts';

const canBuild =
  process.getuid?.() === 0 &&
  suite !== '' &&
  ['apt-get', 'dpkg-deb', 'getfattr', 'setpriv', 'unshare'].every(isInstalled);

/** A test that builds systems of Debian's packages. */
export function buildTest(name: string, work: () => void | Promise<void>): void {
  testWhere(canBuild, 'needs root, apt and getfattr (attr)', name, work);
}

/** A declaration of a machine of packages, as far as tests vary it. */
export interface PackageWish {
  packages?: readonly string[];
  /** Further lines of `[system]`. */
  system?: readonly string[];
  /** Files below /etc. */
  etc?: Readonly<Record<string, string>>;
}

/** A machine that is declared with packages; it takes them from an archive of the test's own. */
export class PackagedMachine extends Sandbox {
  readonly archive: Archive;

  constructor(archive: Archive) {
    super();
    this.archive = archive;
    // apt's downloads run as a user of their own.
    fs.chmodSync(this.folder, 0o755);
    this.useSources(archive.source);
    this.declarePackages({});
  }

  useSources(text: string): void {
    this.write('/etc/genctl/sources', text);
  }

  declarePackages({ packages = [], system = [], etc = {} }: PackageWish): void {
    const lines = [
      '[system]',
      'builder = debian',
      'suite = tiny',
      'sources = sources',
      `kernelPackage = ${smallKernel}`,
      ...system,
      '[nixpkgs]',
      'hostPlatform = x86_64-linux',
      '[boot]',
      'kernelParams = root=/dev/vda2',
      '[environment]',
      ...packages.map(name => `systemPackages = ${name}`),
    ];
    this.write('/etc/genctl/system.conf', `${lines.join('\n')}\n`);
    fs.rmSync(this.at('/etc/genctl/etc'), { recursive: true, force: true });
    for (const [name, text] of Object.entries(etc)) this.write(`/etc/genctl/etc/${name}`, text);
  }

  /** Builds what is declared, and expects that all goes well. */
  build(options: RunOptions & { args?: readonly string[] } = {}): Built {
    const { args = [], ...others } = options;
    const answer = this.run(['build', ...args], others);
    assert.is(answer.exitCode, 0, answer.stderr);
    assert.equal(this.leftovers(), []);
    return new Built(this, answer.stdout.trim(), answer.stderr);
  }

  get lock(): Lock {
    return JSON.parse(this.read('/etc/genctl/genctl.lock')) as Lock;
  }

  /** What builds have left of what they worked in: nothing, unless they were killed. */
  leftovers(): string[] {
    return this.names('/var/cache/genctl/build');
  }

  /** Names of the store paths there are. */
  storePaths(): string[] {
    return this.names('/nix/store').filter(name => !name.startsWith('.'));
  }
}

/** A system that was built. */
export class Built {
  readonly #machine: Sandbox;
  readonly toplevel: string;
  /** What was said while it was built. */
  readonly said: string;

  constructor(machine: Sandbox, toplevel: string, said: string) {
    this.#machine = machine;
    this.toplevel = toplevel;
    this.said = said;
  }

  /** The store path of a part of it. */
  part(name: 'os' | 'kernel' | 'kernel-modules' | 'initrd' | 'etc'): string {
    return fs.readlinkSync(this.#machine.at(`${this.toplevel}/${name}`));
  }

  /** Where a file of its packages is on the host. */
  inTree(file: string): string {
    return this.#machine.at(`${this.part('os')}/${file}`);
  }

  /** Where a file of its /etc is on the host. */
  inEtc(file: string): string {
    return this.#machine.at(`${this.part('etc')}/${file}`);
  }
}

/** The code and the text of the error that a run with `--json` answered with. */
export function errorOf({ json }: Answer): { code: string; message: string; hint?: string } {
  return (json as { error: { code: string; message: string; hint?: string } }).error;
}
