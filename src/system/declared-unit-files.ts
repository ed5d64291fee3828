import { posix } from 'node:path';
import type { UnitFile, UnitFiles } from '../activation/units/unit-files.ts';
import type { EtcSource } from './read-etc.ts';

/** The unit files and presets that a declaration brings, without any of the machine. */
export class DeclaredUnitFiles implements UnitFiles {
  readonly #sources = new Map<string, EtcSource>();
  readonly #names = new Map<string, Set<string>>();
  readonly #textOf: (path: string) => string;

  /** @param textOf reads a file by its path below `etc/` */
  constructor(sources: readonly EtcSource[], textOf: (path: string) => string) {
    this.#textOf = textOf;
    for (const source of sources) {
      if (!source.path.startsWith('systemd/')) continue;
      const path = `/etc/${source.path}`;
      this.#sources.set(path, source);
      this.#addName(path);
    }
  }

  names(folder: string): readonly string[] {
    return [...(this.#names.get(folder) ?? [])].toSorted();
  }

  at(path: string): UnitFile | undefined {
    const source = this.#sources.get(path);
    if (source?.kind !== 'link') return source && { kind: 'file', text: this.#textOf(source.path) };
    const end = this.#sources.get(posix.resolve(posix.dirname(path), source.target));
    const text = end?.kind === 'file' ? this.#textOf(end.path) : undefined;
    return { kind: 'link', target: source.target, text };
  }

  /** Names of files right in a folder, links left out. */
  ownNames(folder: string): readonly string[] {
    return this.names(folder).filter(
      name => this.#sources.get(`${folder}/${name}`)?.kind === 'file',
    );
  }

  #addName(path: string): void {
    const folder = posix.dirname(path);
    const names = this.#names.get(folder) ?? new Set();
    this.#names.set(folder, names.add(posix.basename(path)));
    if (names.size === 1 && folder !== '/etc') this.#addName(folder);
  }
}

/** Files that lie above others: what is at a path of both is the upper ones'. */
export function laidOver(above: UnitFiles, below: UnitFiles): UnitFiles {
  return {
    names: folder => [...new Set([...above.names(folder), ...below.names(folder)])].toSorted(),
    at: path => above.at(path) ?? below.at(path),
  };
}
