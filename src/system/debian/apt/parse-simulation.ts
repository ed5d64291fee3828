import type { PackageVersion } from '../lock/lock.ts';

/** What `apt-get --simulate` would do. */
export interface Simulation {
  /** New ones, and new versions. */
  install: readonly PackageVersion[];
  /** Names. */
  remove: readonly string[];
}

/** Reads the lines `Inst` and `Remv` of `apt-get --simulate`. Pure. */
export function parseSimulation(stdout: string): Simulation {
  const install: PackageVersion[] = [];
  const remove: string[] = [];
  for (const line of stdout.split('\n')) {
    // Inst libc6 [2.36-9] (2.36-9+deb12u10 Debian:12.11/stable [amd64]) []
    const found = /^Inst (\S+)(?: \[[^\]]*\])? \((\S+) .*\[([^\]\s]+)\]\)/.exec(line);
    if (found !== null) {
      const [, name = '', version = '', architecture = ''] = found;
      install.push({ name: plainName(name), version, architecture });
    }
    const gone = /^(?:Remv|Purg) (\S+)/.exec(line)?.[1];
    if (gone !== undefined) remove.push(plainName(gone));
  }
  return { install, remove };
}

/** Without the architecture that apt adds to a name where it is not the machine's. */
function plainName(name: string): string {
  return name.split(':')[0] ?? name;
}
