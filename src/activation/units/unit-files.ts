/** What is at a path of a folder with unit files. */
export type UnitFile =
  | { kind: 'file'; text: string }
  /** `target` as it stands in the link; `text` is that of the file at its end, if there is one. */
  | { kind: 'link'; target: string; readonly text: string | undefined };

/** A link whose text is read when it is asked for: of most links nobody asks for it. */
export function linkFile(target: string, read: () => string | undefined): UnitFile {
  return {
    kind: 'link',
    target,
    get text() {
      return read();
    },
  };
}

/**
 * The files that a service manager would see below `systemd/`, as they are or as they will be:
 * units, presets, its own configuration and that of its units. Paths are absolute and logical,
 * below `/etc` or one of `unitFolders` and `presetFolders`.
 */
export interface UnitFiles {
  /** Names of files, links and folders in a folder, sorted; none where there is no folder. */
  names(folder: string): readonly string[];
  /** Undefined where nothing is there, or a folder. What is the very same object is the same. */
  at(path: string): UnitFile | undefined;
}

/** The unit folder that `/etc` is about: where one `/etc` takes the place of another, it changes. */
export const etcUnitFolder = '/etc/systemd/system';

/** Where packages put theirs. */
export const vendorUnitFolder = '/usr/lib/systemd/system';

/** Where systemd looks for system units, first ones first (systemd.unit(5)); generators' left out. */
export const unitFolders = [
  etcUnitFolder,
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  vendorUnitFolder,
  '/lib/systemd/system',
] as const;

export const etcPresetFolder = '/etc/systemd/system-preset';

/** Where systemd looks for presets of system units, first ones first (systemd.preset(5)). */
export const presetFolders = [
  etcPresetFolder,
  '/run/systemd/system-preset',
  '/usr/local/lib/systemd/system-preset',
  '/usr/lib/systemd/system-preset',
  '/lib/systemd/system-preset',
] as const;

/** What is read at a path; undefined where nothing is, or a link that leads nowhere. */
export function textAt(files: UnitFiles, path: string): string | undefined {
  const file = files.at(path);
  if (file === undefined) return undefined;
  return file.kind === 'link' && file.target === '/dev/null' ? '' : file.text;
}

/**
 * Files that lie in several folders: of equal names the first folder's holds, and all are read in
 * the order of their names. Paths.
 */
export function layeredFiles(
  files: UnitFiles,
  folders: readonly string[],
  isMeant: (path: string) => boolean,
): readonly string[] {
  const paths = new Map<string, string>();
  for (const folder of folders) {
    for (const name of files.names(folder)) {
      const path = `${folder}/${name}`;
      if (!name.startsWith('.') && !paths.has(name) && isMeant(path)) paths.set(name, path);
    }
  }
  return [...paths].toSorted(([left], [right]) => byName(left, right)).map(([, path]) => path);
}

function byName(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
