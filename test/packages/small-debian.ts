import { Archive } from './archive.ts';
import type { MadePackage } from './made-package.ts';
import { realPackages } from './real-packages.ts';

/** What packages of tests need, and what a build needs to be one. */
const real = ['adduser', 'attr', 'busybox-static', 'passwd', 'login', 'usr-is-merged'];

/** What every machine asks for and no test here needs: empty, they install in no time. */
const empty = [
  'apt',
  'ca-certificates',
  'dbus',
  'kmod',
  'systemd-boot',
  'systemd-sysv',
  'udev',
] as const;

export const smallKernel = 'linux-image-tiny';

const kernelRelease = '6.1-tiny';

const kernel: MadePackage = {
  name: smallKernel,
  files: {
    [`boot/vmlinuz-${kernelRelease}`]: 'a kernel that nothing can start\n',
    [`lib/modules/${kernelRelease}/modules.dep`]: '',
    // Part of the kernel, so that none of them has to be there.
    [`lib/modules/${kernelRelease}/modules.builtin`]: ['ext4', 'xfs', 'f2fs']
      .map(name => `kernel/fs/${name}/${name}.ko\n`)
      .join(''),
  },
};

/** An archive that a machine can be built from in a few seconds: the real Essential, little else. */
export async function smallDebian(...besides: readonly string[]): Promise<Archive> {
  const archive = new Archive();
  archive.addReal(await realPackages([...real, ...besides]));
  archive.add(...empty.map(name => ({ name })), kernel);
  return archive;
}
