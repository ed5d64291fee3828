import type { Facts } from '../hardware/facts/facts.ts';
import { isFatName, readMounts } from '../host/mounts.ts';
import type { Root } from '../host/root.ts';
import type { StarterFacts } from './starter.ts';
import { starterLoader } from './starter-loader.ts';

/**
 * What a starter says of the machine: what it has booted with is what boots.
 *
 * @param facts of its hardware; undefined where nothing could be probed
 */
export function readStarterFacts(root: Root, facts: Facts | undefined): StarterFacts {
  const hostName = root.readFileIfThere('/etc/hostname', 4096)?.toString('utf8').trim();
  const commandLine = root.isLive ? root.readFile('/proc/cmdline').toString('latin1') : '';
  const mounts = root.isLive ? readMounts() : [];
  const esp = ['/efi', '/boot/efi', '/boot'].find(place =>
    mounts.some(mount => mount.mountPoint === place && isFatName(mount.fileSystem)),
  );
  return {
    hostName: hostName === undefined || hostName === '' ? 'machine' : hostName,
    source: { builder: 'files', kernel: '/boot/vmlinuz-*', initrd: '/boot/initrd.img-*' },
    kernelParams: lastingParameters(commandLine),
    loader: starterLoader(facts, root.hostPath, esp ?? '/boot'),
    etc: [],
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
