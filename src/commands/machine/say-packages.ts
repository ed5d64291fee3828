import { formatBytes } from '../../bytes.ts';
import { colours } from '../../output/colours.ts';
import { printableLine } from '../../printable.ts';
import type { PackageChange, PackageDifference } from '../../system/debian/diff-packages.ts';
import type { ListedPackage } from '../../system/debian/package-list.ts';

/** Some packages need a hundred others, which `--json` names. */
const mostNamed = 8;

/** Packages that differ for people, a line each; none where none does. */
export function sayPackages(difference: PackageDifference): string[] {
  const { added, removed, changed, installedSizeBytes } = difference;
  if (added.length + removed.length + changed.length === 0) return [];
  return [
    ...removed.map(each => colours.red(printableLine(`- ${each.name} ${each.version}`))),
    ...added.map(each => colours.green(printableLine(`+ ${sayAdded(each)}`))),
    ...changed.map(change => printableLine(`~ ${sayChange(change)}`)),
    `installed size: ${saySize(installedSizeBytes)}`,
  ];
}

function sayAdded({ name, version, installedSizeBytes, depends }: ListedPackage): string {
  const size = formatBytes(installedSizeBytes);
  return `${name} ${version} (${depends.length === 0 ? size : `${size}; needs ${sayNames(depends)}`})`;
}

function sayNames(names: readonly string[]): string {
  const left = names.length - mostNamed;
  // One more name is as short as the word about it.
  if (left <= 1) return names.join(', ');
  return `${names.slice(0, mostNamed).join(', ')} and ${left} more`;
}

function sayChange({ before, after, direction }: PackageChange): string {
  if (direction === 'rebuilt') return `${after.name} ${after.version}, built anew`;
  const versions = `${after.name} ${before.version} -> ${after.version}`;
  return direction === 'upgraded' ? versions : `${versions} (a downgrade)`;
}

function saySize(bytes: number): string {
  if (bytes === 0) return 'as before';
  return `${formatBytes(Math.abs(bytes))} ${bytes > 0 ? 'more' : 'less'}`;
}
