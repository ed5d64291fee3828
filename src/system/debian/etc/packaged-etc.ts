import type { UnitFiles } from '../../../activation/units/unit-files.ts';
import type { Folder } from '../../../host/folder.ts';
import type { OsTreeEntry } from '../../../store/os-tree/os-tree-entry.ts';
import type { Configuration } from '../../declaration/declaration.ts';
import type { OpenFolders } from '../../layered-etc.ts';
import type { EtcSource } from '../../read-etc.ts';
import type { GeneratedText, PackagedEtc } from '../../wanted-etc.ts';
import { renderAccounts } from '../account-database.ts';
import type { LockedAccounts } from '../lock/lock.ts';
import { refusePackageChanges } from '../refuse-packages.ts';
import { renderFstab } from '../render-fstab.ts';
import { storeMounts } from '../store-mounts.ts';
import { sysusersText } from './account-files.ts';
import { consoleKeyUnits } from './console-keys.ts';
import { loginFiles } from './login-files.ts';
import { mailAliasesUnits } from './mail-aliases.ts';
import { packageDatabaseUnits } from './package-database.ts';
import { seedsText } from './seed-files.ts';
import { sshHostKeyUnits } from './ssh-host-keys.ts';

/** Files that programs make anew on a machine that runs, by paths below /etc. */
const remade = ['ld.so.cache', 'ssl/certs/ca-certificates.crt', 'udev/hwdb.bin'];

export interface PackagedEtcInput {
  entries: readonly OsTreeEntry[];
  accounts: LockedAccounts;
  /** The tree's `etc`, which has to stay open until the trees are stored. */
  folder: Folder;
  /** Of the whole tree. */
  unitFiles: UnitFiles;
  open: OpenFolders;
}

/** What the packages of a tree bring below /etc, and what is made for such a system. */
export function packagedEtc(input: PackagedEtcInput): PackagedEtc {
  const { entries, accounts, folder, unitFiles, open } = input;
  const sources = sourcesOf(entries);
  const { passwd, group } = renderAccounts(accounts);
  const fixed: GeneratedText[] = [
    // Of two files about one account the first counts, and packages bring some of their own.
    { path: 'sysusers.d/00-genctl.conf', text: sysusersText(accounts), mode: 0o644 },
    { path: 'tmpfiles.d/genctl.conf', text: seedsText(entries), mode: 0o644 },
    ...refusePackageChanges(),
    ...storeMounts(),
    ...packageDatabaseUnits(),
    ...sshHostKeyUnits(entries),
    ...mailAliasesUnits(entries),
    ...consoleKeyUnits(entries),
  ];
  const isPackaged = (path: string): boolean => sources.some(source => source.path === path);
  return {
    sources,
    folder,
    unitFiles,
    open,
    generated: configuration => [
      ...fixed,
      ...loginFiles(configuration),
      ...machineFiles(configuration, isPackaged),
    ],
    passwd,
    group,
    remade,
  };
}

function sourcesOf(entries: readonly OsTreeEntry[]): EtcSource[] {
  return entries.flatMap((entry): EtcSource[] => {
    if (!entry.path.startsWith('etc/')) return [];
    const path = entry.path.slice('etc/'.length);
    if (entry.kind === 'link') return [{ kind: 'link', path, target: entry.target }];
    if (entry.kind !== 'file') return [];
    const { mode, uid, gid, sha256 } = entry;
    return [{ kind: 'file', path, mode, owner: { uid, gid }, sha256: () => sha256 }];
  });
}

/** Files that Debian's installer makes. */
function machineFiles(
  configuration: Configuration,
  isPackaged: (path: string) => boolean,
): GeneratedText[] {
  const { networking, boot } = configuration;
  const files: GeneratedText[] = [{ path: 'fstab', text: renderFstab(configuration), mode: 0o644 }];
  if (!isPackaged('hosts')) {
    const own = networking.hostName === undefined ? '' : `127.0.1.1\t${networking.hostName}\n`;
    const text = `127.0.0.1\tlocalhost\n${own}::1\tlocalhost ip6-localhost ip6-loopback\n`;
    files.push({ path: 'hosts', text, mode: 0o644 });
  }
  if (boot.kernelModules.length > 0) {
    const text = boot.kernelModules.map(name => `${name}\n`).join('');
    files.push({ path: 'modules-load.d/genctl.conf', text, mode: 0o644 });
  }
  return files;
}
