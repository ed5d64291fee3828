import type { LockedPackage } from '../lock/lock.ts';
import { isLockable } from '../lock/parse-lock.ts';

/** What apt's lists say of one version of a package: deb-control(5). */
export interface PackageStanza {
  /** Without the empty line at its end. */
  text: string;
  package: LockedPackage;
}

/**
 * The paragraphs of `apt-cache show` that say how to fetch a package; those of what is installed
 * do not. One that leads out of a mirror's folder, or says what no lock may hold, is left out. Pure.
 */
export function parseListed(text: string): PackageStanza[] {
  return text.split(/\n(?:[ \t]*\n)+/).flatMap(paragraph => {
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'im').exec(paragraph)?.[1];
    const name = field('Package');
    const version = field('Version');
    const architecture = field('Architecture');
    const size = field('Size');
    const sha256 = field('SHA256');
    const poolPath = field('Filename')?.replace(/^(?:\.\/)+/, '');
    if (!name || !version || !architecture || !size || !sha256 || !poolPath) return [];
    const found = { name, version, architecture, sizeBytes: Number(size), sha256, poolPath };
    return isLockable(found) ? [{ text: paragraph.trim(), package: found }] : [];
  });
}
