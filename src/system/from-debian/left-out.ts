/** What a declaration that is made of a machine does not say, or says otherwise. */
export interface LeftOut {
  kind: LeftOutKind;
  /** Names of packages, units, paths…, in order. */
  items: readonly string[];
}

/** What is said about one kind of things that are left out. */
export interface LeftOutReason {
  /** What they are and what becomes of them, one clause. */
  about: string;
  hint?: string;
  /** Whether the declared system lacks something that the machine has, or shows more than it. */
  isLoss: boolean;
}

/** In the order in which they are told. */
export const leftOutReasons = {
  local: {
    about: 'packages that no source of apt has',
    isLoss: true,
    hint: 'Put their files where you need them: a system is built from what apt can fetch.',
  },
  thirdParty: {
    about: "packages that Debian has not, from sources of somebody else's",
    isLoss: true,
    hint: 'Declare them, and name a file with all sources as `sources` in [system].',
  },
  otherVersion: {
    about: "declared, but installed in a version that is newer than any of Debian's",
    isLoss: true,
    hint: 'Name a file with all sources as `sources` in [system] to keep such versions.',
  },
  unknownOrigin: {
    about: 'which packages Debian has: nobody has asked',
    isLoss: true,
    hint: 'Remove what Debian has not: `genctl lock` names it.',
  },
  foreignArchitecture: {
    about: 'packages of another architecture: a system has one',
    isLoss: true,
  },
  dkms: {
    about: 'packages that build kernel modules on the machine, whose /usr is read-only then',
    isLoss: true,
  },
  held: {
    about: 'declared, but not held at their versions',
    isLoss: true,
    hint: 'The lock keeps every version: `genctl lock --update NAME` moves others alone.',
  },
  kernels: {
    about: 'kernels and their headers: [system] kernelPackage brings one kernel',
    isLoss: false,
  },
  loaders: {
    about: 'boot loaders: genctl adds what [boot.loader] kind needs',
    isLoss: false,
  },
  initrds: {
    about: 'what makes initrds: genctl makes them, and adds what the disks need',
    isLoss: false,
  },
  libraries: {
    about: 'libraries that what is declared needs: they come along',
    isLoss: false,
  },
  recommended: {
    about: 'packages that are there because others recommend them: no system gets such unasked',
    isLoss: true,
    hint: 'They stand in system.conf as comments: take the # away from those you want.',
  },
  unneeded: {
    about: 'packages that nobody asked for and nothing needs any more',
    isLoss: false,
  },
  secretFiles: {
    about:
      'copied although not everybody may read them: from a build on, everybody can, in the store',
    isLoss: true,
    hint: 'Keep the declaration where others cannot read it, and remove what holds passwords or keys.',
  },
  removedFiles: {
    about: 'files of packages that somebody has removed: they come back',
    isLoss: true,
    hint: 'Declare an empty file in their place.',
  },
  disabledUnits: {
    about: 'units that somebody has disabled: packages enable them again',
    isLoss: true,
    hint: 'Mask them: a link to /dev/null in etc/systemd/system.',
  },
  alternatives: {
    about: 'alternatives that were chosen by hand: the best ones are taken',
    isLoss: true,
    hint: 'Declare the links: etc/alternatives/NAME.',
  },
  diversions: {
    about: 'files that somebody has put elsewhere by dpkg-divert',
    isLoss: true,
  },
  locales: {
    about: 'locales that were generated on this machine',
    isLoss: true,
    hint: 'Answer the question of the package locales in a file: `debconfSelections` in [system].',
  },
  outsideEtc: {
    about: 'changed files of packages that are not in /etc',
    isLoss: true,
  },
  localPrograms: {
    about:
      'files in /usr/local, which a generation has in /var/local: out of sight until they are there',
    isLoss: true,
    hint: 'Copy them: cp -a /usr/local/. /var/local/',
  },
  fileSystems: {
    about: 'file systems of /etc/fstab that are not mounted: no generation mounts them',
    isLoss: true,
    hint: 'Mount them and run `genctl hardware write`, or declare them: [fileSystems "PATH"].',
  },
  notCopied: {
    about: 'changed files that cannot be declared, by their names, sizes or kinds',
    isLoss: true,
  },
  unreadable: {
    about: 'files that may not be read',
    isLoss: true,
    hint: 'Run genctl as root.',
  },
  systemUsers: {
    about: 'system users that no package has made',
    isLoss: true,
    hint: 'Declare them in etc/sysusers.d.',
  },
  users: {
    about: 'users: they and their homes stay as they are on this machine',
    isLoss: false,
    hint: 'Declare those that another machine shall have: [users.users "NAME"].',
  },
  state: {
    about: 'what belongs to this machine alone: it stays in /etc as it is',
    isLoss: false,
  },
  others: {
    about: 'files in /etc that no package has brought: they stay there as they are',
    isLoss: false,
    hint: "Copy those that another machine shall have into the declaration's etc/.",
  },
} as const satisfies Readonly<Record<string, LeftOutReason>>;

export type LeftOutKind = keyof typeof leftOutReasons;

/** What is to be said about a kind. */
export function reasonFor(kind: LeftOutKind): LeftOutReason {
  return leftOutReasons[kind];
}

/** Things of one kind, where there are any. */
export function leaveOut(kind: LeftOutKind, items: Iterable<string>): LeftOut[] {
  const sorted = [...new Set(items)].toSorted();
  return sorted.length === 0 ? [] : [{ kind, items: sorted }];
}
