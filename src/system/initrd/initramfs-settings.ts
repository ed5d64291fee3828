import hookSource from '../../../templates/initrd/initramfs-hook.sh.eta';
import mountsSource from '../../../templates/initrd/initramfs-mounts.sh.eta';
import { GenctlError } from '../../errors.ts';
import { shellWord, template } from '../../template.ts';
import type { Configuration } from '../declaration/declaration.ts';
import { quote } from '../declaration/hostile-text.ts';
import { type MountCall, mountCall } from './mount-call.ts';
import { neededMounts } from './needed-mounts.ts';
import type { ModulePlan } from './plan-modules.ts';

/** A file that initramfs-tools or one of its hooks reads. */
export interface SettingsFile {
  readonly text: string;
  readonly executable: boolean;
}

const renderHook = template<{ modules: readonly string[] }>(hookSource, shellWord);
const renderMounts = template<{ mounts: readonly MountCall[] }>(mountsSource, shellWord);

const tools = 'etc/initramfs-tools';

/**
 * What initramfs-tools is told, by path from the top of a tree: which modules, which devices are
 * opened, what is mounted. All is said, so that nothing has to be found out from the machine that
 * builds. Pure.
 *
 * @throws GenctlError UNSAFE_TEXT, INITRD_UNSUPPORTED
 */
export function initramfsSettings(
  configuration: Configuration,
  { present, loaded }: ModulePlan,
  kernelRelease: string,
): ReadonlyMap<string, SettingsFile> {
  const rootType = configuration.fileSystems['/']?.fsType;
  const settings = [
    'MODULES=list',
    'BUSYBOX=y',
    'COMPRESS=gzip',
    // The keys of the console are the kernel's, and a swap to resume from is named by resume=.
    'KEYMAP=n',
    'RESUME=none',
    // Whose fsck goes in.
    ...(rootType === undefined || rootType === 'auto' ? [] : [`FSTYPE=${shellWord(rootType)}`]),
  ];
  const files = new Map([
    [`${tools}/conf.d/zz-genctl`, textOf(linesOf(settings))],
    [`${tools}/modules`, textOf(linesOf(loaded))],
    [`${tools}/hooks/genctl`, scriptOf(renderHook({ modules: present }))],
    ['etc/crypttab', textOf(crypttab(configuration))],
    // Without names of arrays, each that udev finds is put together; they belong to this machine,
    // whatever it is called.
    ['etc/mdadm/mdadm.conf', textOf('HOMEHOST <ignore>\n')],
    // Asked for before anything is packed: every kernel of Debian's has it.
    [`boot/config-${kernelRelease}`, textOf('CONFIG_RD_GZIP=y\n')],
  ]);
  const mounts = neededMounts(configuration).map(mountCall);
  if (mounts.length > 0) {
    files.set(`${tools}/scripts/local-bottom/genctl`, scriptOf(renderMounts({ mounts })));
  }
  return files;
}

/** crypttab(5): `initramfs` takes a device in, whatever is mounted here. */
function crypttab({ boot }: Configuration): string {
  const lines = Object.entries(boot.initrd.luks.devices).map(([name, { device }]) => {
    if (device === undefined) {
      throw new GenctlError(
        'INITRD_UNSUPPORTED',
        `[boot.initrd.luks.devices ${JSON.stringify(name)}]: it has no device`,
        { hint: 'Add the encrypted device: device = UUID=…' },
      );
    }
    return [name, device].map(crypttabField).concat('none', 'luks,initramfs').join('\t');
  });
  return linesOf(lines);
}

function crypttabField(text: string): string {
  if (/^#|[\0\n"'`$]/.test(text)) {
    throw new GenctlError('UNSAFE_TEXT', `${quote(text)} cannot stand in a crypttab`);
  }
  return text.replace(/[\s\\]/g, found => {
    const digits = found.charCodeAt(0).toString(8);
    return `\\${digits.padStart(3, '0')}`;
  });
}

function linesOf(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('');
}

function textOf(text: string): SettingsFile {
  return { text, executable: false };
}

function scriptOf(text: string): SettingsFile {
  return { text, executable: true };
}
