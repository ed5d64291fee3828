import type { KernelModules } from '../kernel/kernel-modules.ts';
import type { ChainModule } from './boot-chain.ts';
import { isModuleName, typeModules, typeModulesIfThere } from './chain-modules.ts';

/** Drivers that are not called as what they mount. */
const drivers: ReadonlyMap<string, string> = new Map([
  ['ext2', 'ext4'],
  ['ext3', 'ext4'],
  ['fuseblk', 'fuse'],
  ['iso9660', 'isofs'],
  ['nfs4', 'nfs'],
  ['smb3', 'cifs'],
]);

/** Character sets of names, which mounting fails without: which one is the kernel's choice. */
const nameSets: ReadonlyMap<string, readonly string[]> = new Map(
  ['vfat', 'msdos'].map(type => [type, ['nls_cp437', 'nls_ascii', 'nls_iso8859_1']]),
);

/** The modules that mount a type of file system; none for what can be no type. */
export function fileSystemModules(
  type: string,
  kernel: KernelModules | undefined,
): readonly ChainModule[] {
  const main = type.split('.', 1)[0] ?? '';
  if (!isModuleName(main)) return [];
  // What mount(2) asks for (get_fs_type of the kernel's fs/filesystems.c).
  const byAlias = kernel?.modulesFor(`fs-${main}`) ?? [];
  const names = byAlias.length > 0 ? byAlias : [drivers.get(main) ?? main];
  return [...typeModules(names, kernel), ...typeModulesIfThere(nameSets.get(main) ?? [], kernel)];
}
