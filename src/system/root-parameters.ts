import { GenctlError } from '../errors.ts';
import type { Configuration } from './declaration/declaration.ts';
import { quote } from './declaration/hostile-text.ts';
import { formatOrigin, type Origin } from './declaration/problem.ts';

/**
 * Options that the first mount alone takes: no later remount can set them, so the initrd has to.
 * btrfs(5), ext4(5), xfs(5), and the kernel's 9p.rst.
 */
const firstMountOptions: readonly string[] = [
  'subvol',
  'subvolid',
  'degraded',
  'device',
  'data',
  'journal_dev',
  'journal_path',
  'dax',
  'logdev',
  'rtdev',
  'quota',
  'uquota',
  'usrquota',
  'uqnoenforce',
  'gquota',
  'grpquota',
  'gqnoenforce',
  'pquota',
  'prjquota',
  'pqnoenforce',
  'nouuid',
  'trans',
  'version',
  'msize',
];

/** Types whose devices are names that the hypervisor knows. */
const namedByHypervisor: readonly string[] = ['9p', 'virtiofs'];

/** Names of udev's by the tag that finds the same device. Labels are escaped in them. */
const tagsOfFolders: ReadonlyMap<string, string> = new Map([
  ['by-uuid', 'UUID'],
  ['by-partuuid', 'PARTUUID'],
]);

/** Where a value of `[fileSystems "/"]` was declared, for messages. */
export type RootOrigin = (
  option: 'fileSystems.device' | 'fileSystems.options',
  item?: number,
) => Origin | undefined;

/**
 * The kernel parameters by which an initrd finds the root file system, as `[fileSystems "/"]`
 * says it; none where `kernelParams` names a root by itself. `rootfstype=` and `rootflags=` that
 * are there are not given a second time.
 *
 * @throws GenctlError ROOT_NOT_NAMEABLE where no parameter can say it
 */
export function rootParameters(
  { boot, fileSystems }: Pick<Configuration, 'boot' | 'fileSystems'>,
  originOf: RootOrigin,
): readonly string[] {
  const root = fileSystems['/'];
  const isNamed = (name: string): boolean =>
    boot.kernelParams.some(parameter => parameter.replace(/^"/, '').startsWith(`${name}=`));
  if (root?.device === undefined || isNamed('root')) return [];

  const named = rootOf(root.device, root.fsType);
  if (named === undefined) throw notNameable(root.device, originOf('fileSystems.device'));
  const flags = [...root.options.entries()].filter(([, option]) => isForFirstMount(option));
  for (const [item, option] of flags) {
    if (!isParameterText(option)) throw notNameable(option, originOf('fileSystems.options', item));
  }
  const { fsType } = root;
  return [
    `root=${named}`,
    ...(fsType === undefined || fsType === 'auto' || fsType === 'zfs' || isNamed('rootfstype')
      ? []
      : [`rootfstype=${fsType}`]),
    ...(flags.length === 0 || isNamed('rootflags')
      ? []
      : [`rootflags=${flags.map(([, option]) => option).join(',')}`]),
  ];
}

/** What stands behind `root=`; undefined for what no kernel and no initrd mounts a root from. */
function rootOf(device: string, fsType: string | undefined): string | undefined {
  if (!isParameterText(device)) return undefined;
  if (fsType === 'zfs') return `ZFS=${device}`;
  const [, folder = '', name] = /^\/dev\/disk\/([a-z-]+)\/([0-9A-Za-z-]+)$/.exec(device) ?? [];
  const tag = tagsOfFolders.get(folder);
  if (tag !== undefined) return `${tag}=${name}`;
  const isName = namedByHypervisor.includes(fsType ?? '');
  return isName || device.startsWith('/dev/') || /^[A-Z]+=/.test(device) ? device : undefined;
}

function isForFirstMount(option: string): boolean {
  return firstMountOptions.includes(option.split('=')[0] ?? '');
}

/** Initrds split the kernel's command line at blanks, quotes or not; the kernel reads ASCII. */
function isParameterText(text: string): boolean {
  return /^[!#-&(-~]+$/.test(text);
}

function notNameable(value: string, origin: Origin | undefined): GenctlError {
  const where = origin === undefined ? '[fileSystems "/"]' : formatOrigin(origin);
  return new GenctlError(
    'ROOT_NOT_NAMEABLE',
    `${where}: ${quote(value)} is nothing that the kernel's command line can name for the root file system`,
    {
      hint: 'Name the root file system by UUID=, or write root= into [boot] kernelParams yourself.',
    },
  );
}
