import cleanSource from '../../../../templates/debian/clean.sh.eta';
import installSource from '../../../../templates/debian/install.sh.eta';
import { shellWord, template } from '../../../template.ts';
import type { InstallOrder } from './install-order.ts';
import type { PackageControl } from './package-control.ts';
import { packageNumbers } from './tree-accounts.ts';

/**
 * The time that programs are told it is where they write one into files: the first day that a zip
 * archive can hold in every time zone.
 */
const sourceDateEpoch = 315_619_200;

/** Folders that are links into /usr: what Debian's own installer makes for an architecture. */
const mergedFolders: Readonly<Record<string, readonly string[]>> = {
  amd64: ['lib32', 'lib64', 'libx32'],
  i386: ['lib64', 'libx32'],
  loong64: ['lib64'],
  mips64el: ['lib32', 'lib64', 'libo32'],
  ppc64el: ['lib64'],
  s390x: ['lib32'],
};

export interface BuildPlan {
  /** The folder that is worked in, a path on the host. */
  scratch: string;
  /** The folder that has the packages, a path on the host. */
  packages: string;
  /** Debian's word, `amd64`. */
  architecture: string;
  order: InstallOrder;
  /** A tree that the packages come on top of, a path on the host. */
  base: string | undefined;
}

/** How the script ends where the kernel can lay nothing on top of a base. */
export const noOverlay = 3;

interface InstallData {
  scratch: string;
  packages: string;
  base: string;
  noOverlay: number;
  sourceDateEpoch: number;
  mergedFolders: readonly string[];
  /** Names of files. */
  essential: readonly string[];
  batches: readonly (readonly string[])[];
}

interface CleanData {
  /** The first one that a machine gives to system users and groups by itself. */
  firstOwnNumber: number;
}

const renderInstall = template<InstallData>(installSource, shellWord);

/** The script that installs packages; for a shell that is alone in namespaces of its own. */
export function installScript({ order, base, ...plan }: BuildPlan): string {
  return renderInstall({
    scratch: plan.scratch,
    packages: plan.packages,
    base: base ?? '',
    noOverlay,
    sourceDateEpoch,
    mergedFolders: ['bin', 'sbin', 'lib', ...(mergedFolders[plan.architecture] ?? [])],
    essential: order.essential.map(fileName),
    batches: order.batches.map(batch => batch.map(fileName)),
  });
}

/** The script that takes out of a tree what may not be in it; it is run in the tree itself. */
export const cleanScript: string = template<CleanData>(
  cleanSource,
  shellWord,
)({ firstOwnNumber: packageNumbers.last + 1 });

function fileName({ sha256 }: PackageControl): string {
  return `${sha256}.deb`;
}

/** Says how packages become a tree; another one when their order or their numbers change. */
const treeRecipe = 1;

/** What a tree becomes of its packages by: another text may make another tree. */
export const recipe: string = JSON.stringify([
  treeRecipe,
  cleanScript,
  installSource,
  sourceDateEpoch,
  mergedFolders,
]);
