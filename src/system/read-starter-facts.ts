import type { Facts } from '../hardware/facts/facts.ts';
import { isFatName, mountsWithin, readMounts } from '../host/mounts.ts';
import { Root } from '../host/root.ts';
import { suiteOf } from './from-debian/read-debian.ts';
import type { StarterFacts, StarterSource } from './starter.ts';
import { starterLoader } from './starter-loader.ts';

/**
 * What a starter says of the machine: what it has booted with is what boots. Where nothing is there
 * yet, it will be Debian.
 *
 * @param facts of its hardware; undefined where nothing could be probed
 */
export function readStarterFacts(root: Root, facts: Facts | undefined): StarterFacts {
  const hostName = root.readFileIfThere('/etc/hostname', 4096)?.toString('utf8').trim();
  const commandLine = root.isLive ? root.readFile('/proc/cmdline').toString('latin1') : '';
  const mounts = mountsWithin(readMounts(), root.isLive ? '' : root.hostPath);
  const esp = ['/efi', '/boot/efi', '/boot'].find(place =>
    mounts.some(mount => mount.mountPoint === root.onHost(place) && isFatName(mount.fileSystem)),
  );
  return {
    hostName: hostName === undefined || hostName === '' ? 'machine' : hostName,
    source: isEmpty(root)
      ? newDebian()
      : { builder: 'files', kernel: '/boot/vmlinuz-*', initrd: '/boot/initrd.img-*' },
    kernelParams: lastingParameters(commandLine),
    loader: starterLoader(facts, root.hostPath, esp ?? '/boot'),
    etc: [],
  };
}

/** Whether it is the root of a machine that is to be installed: no kernel, no operating system. */
function isEmpty(root: Root): boolean {
  if (root.isLive) return false;
  using boot = root.folderIfThere('/boot');
  const hasKernel = boot?.names().some(name => name.startsWith('vmlinuz')) === true;
  const releases = ['/etc/os-release', '/usr/lib/os-release'];
  return !hasKernel && releases.every(path => root.stat(path) === undefined);
}

/** Where it is not said by the machine that installs. */
const usualSuite = 'bookworm';

/** As the machine that installs it, where that is a Debian. */
function newDebian(): StarterSource {
  using host = new Root('/');
  return {
    builder: 'debian',
    suite: suiteOf(host) ?? usualSuite,
    kernelPackage: undefined,
    systemPackages: [],
    recommended: [],
    isNew: true,
  };
}

/** What of a kernel's command line shall be there at the next boot. */
export function lastingParameters(commandLine: string): string[] {
  const words = commandLine.trim().split(/\s+/);
  // What stands behind `--` is for init, and so would be the init= that genctl adds.
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? words.length : end).filter(isKept);
}

/** Boot loaders add some parameters, which say how it was booted and not how it shall be. */
function isKept(parameter: string): boolean {
  return parameter !== '' && !/^(BOOT_IMAGE|initrd|init)=/.test(parameter);
}
