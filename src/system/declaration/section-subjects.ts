import {
  isMappingName,
  isMountPoint,
  isRelativeName,
  isSwapDevice,
  reservedNames,
} from '../../hardware/emit/allowed-text.ts';
import type { SectionName } from './option-table.ts';

/** Sections that there are once for each of something, which stands in quotes in their header. */
export const subjectSections = [
  'etc',
  'boot.initrd.luks.devices',
  'boot.loader.grub.users',
  'boot.loader.grub.mirroredBoots',
  'fileSystems',
  'swapDevices',
  'users.users',
] as const satisfies readonly SectionName[];

export type SubjectSection = (typeof subjectSections)[number];

/** What stands in the quotes of a header. */
export interface SubjectRule {
  /** What it is called in suggestions: `PATH`. */
  readonly placeholder: string;
  readonly example: string;
  /** What is not said by a header without it, as one clause. */
  readonly missing: string;
  /** Why a text is not one, as one clause. */
  readonly expected: string;
  readonly accepts: (text: string) => boolean;
  /** What was meant by a text that is not accepted, where that is plain, and what is wrong with it. */
  readonly correct?: (
    text: string,
  ) => { readonly subject: string; readonly reason: string } | undefined;
  /** Whether the header alone declares something, without any key below it. */
  readonly standsAlone: boolean;
}

/** The direct path of what was written with slashes too many or too few. */
function directPath(path: string): { subject: string; reason: string } {
  const parts = path.split('/').filter(part => part !== '');
  return { subject: `/${parts.join('/')}`, reason: 'it is not the direct path of a mount point' };
}

const rules: Readonly<Record<SubjectSection, SubjectRule>> = {
  etc: {
    placeholder: 'PATH',
    example: 'ssh/sshd_config',
    missing: 'it is not said which file below /etc is meant',
    expected: 'it is not the path of a file below /etc: no part may be empty, . or .. or too long',
    accepts: path => isRelativeName(path) && !reservedNames.includes(path) && !path.includes('\t'),
    correct(path) {
      const below = path.replace(/^\/+(?:etc\/+)?/, '');
      return below === path
        ? undefined
        : { subject: below, reason: 'the path is not relative to /etc' };
    },
    standsAlone: false,
  },
  'boot.initrd.luks.devices': {
    placeholder: 'NAME',
    example: 'cryptroot',
    missing: 'it is not said under which name the device is opened',
    expected: 'it is no name below /dev/mapper: 1 to 127 letters, digits and #+-.:=@_',
    accepts: isMappingName,
    correct(name) {
      const below = name.replace(/^\/dev\/mapper\//, '');
      return below === name
        ? undefined
        : { subject: below, reason: 'the name has its folder before it' };
    },
    standsAlone: false,
  },
  'boot.loader.grub.users': {
    placeholder: 'NAME',
    example: 'admin',
    missing: 'it is not said which user of the menu is meant',
    // GRUB's list of users is divided by spaces, commas, semicolons, | and &.
    expected: 'it is no name of a user: 1 to 32 letters, digits, _, dot and -, no hyphen first',
    accepts: name =>
      !reservedNames.includes(name) && /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,31}$/.test(name),
    standsAlone: true,
  },
  'boot.loader.grub.mirroredBoots': {
    placeholder: 'PATH',
    example: '/boot2',
    missing: 'it is not said in which folder the menu is mirrored',
    expected: 'it is not an absolute path without . and .. in it',
    accepts: path => path !== '/' && isMountPoint(path),
    correct: directPath,
    standsAlone: true,
  },
  fileSystems: {
    placeholder: 'PATH',
    example: '/home',
    missing: 'it is not said where the file system is mounted',
    expected: 'it is not an absolute path without . and .. in it',
    accepts: isMountPoint,
    correct: directPath,
    standsAlone: false,
  },
  swapDevices: {
    placeholder: 'DEVICE',
    example: '/dev/disk/by-uuid/…',
    missing: 'it is not said what is swapped to',
    expected: 'it is not a device or a file by its path, nor UUID= and the like',
    accepts: isSwapDevice,
    standsAlone: true,
  },
  'users.users': {
    placeholder: 'NAME',
    example: 'root',
    missing: 'it is not said which user is meant',
    expected: 'it is no name of a user: 1 to 31 of a-z, 0-9, _ and -, a letter or _ first',
    accepts: name => !reservedNames.includes(name) && /^[a-z_][a-z0-9_-]{0,30}$/.test(name),
    standsAlone: false,
  },
};

/** Undefined for a section that there is once. */
export function subjectRule(section: SectionName): SubjectRule | undefined {
  return isSubjectSection(section) ? rules[section] : undefined;
}

export function isSubjectSection(section: SectionName): section is SubjectSection {
  return (subjectSections as readonly SectionName[]).includes(section);
}
