import { isFatName, readMounts } from '../host/mounts.ts';
import type { Root } from '../host/root.ts';
import type { StarterFacts } from './starter.ts';

/** What the machine shows without a probe: what it has booted with is what boots. */
export function readStarterFacts(root: Root): StarterFacts {
  const hostName = root.readFileIfThere('/etc/hostname', 4096)?.toString('utf8').trim();
  const commandLine = root.isLive ? root.readFile('/proc/cmdline').toString('latin1') : '';
  const mounts = root.isLive ? readMounts() : [];
  const esp = ['/efi', '/boot/efi', '/boot'].find(place =>
    mounts.some(mount => mount.mountPoint === place && isFatName(mount.fileSystem)),
  );
  return {
    hostName: hostName === undefined || hostName === '' ? 'machine' : hostName,
    kernel: '/boot/vmlinuz-*',
    initrd: '/boot/initrd.img-*',
    kernelParams: commandLine.trim().split(/\s+/).filter(isKept),
    efiSysMountPoint: esp ?? '/boot',
  };
}

/** Boot loaders add some parameters, which say how it was booted and not how it shall be. */
function isKept(parameter: string): boolean {
  return parameter !== '' && !/^(BOOT_IMAGE|initrd|init)=/.test(parameter);
}
