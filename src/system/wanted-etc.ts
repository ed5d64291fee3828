import { type ConflictPolicies, type EtcEntry, foldersAbove } from '../activation/etc-tree.ts';
import { etcUnitFolder, type UnitFiles } from '../activation/units/unit-files.ts';
import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import { copyOf, fileOf, folderOf, type Tree } from '../store/tree.ts';
import { Accounts } from './accounts.ts';
import { conflictPolicies } from './conflict-policies.ts';
import type { Configuration, Declaration } from './declaration/declaration.ts';
import { DeclaredUnitFiles, laidOver } from './declared-unit-files.ts';
import { enabledUnits } from './enabled-units.ts';
import { refuseEtc } from './etc-problem.ts';
import { type LayerFile, layeredTree, notCovered, type OpenFolders } from './layered-etc.ts';
import { type DeclarationPlace, linkProblem } from './link-problem.ts';
import { type PlacedFile, placeEtc } from './place-etc.ts';
import { badLink, type EtcSource, generatedFile, readEtc, textBelow } from './read-etc.ts';
import { sysusersAccounts } from './sysusers.ts';

/** What a system of that configuration wants below /etc. */
export interface WantedEtc {
  configuration: Configuration;
  /** What the store is to hold of it. */
  tree: Tree;
  /** The entries, once it is known where in the store that is. */
  entries: (etcPath: string) => EtcEntry[];
  conflicts: ConflictPolicies;
}

export interface WantedEtcInput {
  root: Root;
  declaration: Declaration;
  /** The declaration's folder, a logical path. */
  configFolder: string;
  /** Its `etc/`, which has to stay open until the trees are stored; undefined where there is none. */
  folder: Folder | undefined;
  /** What lies below what is declared; undefined where nothing does. */
  packaged: PackagedEtc | undefined;
}

/** What packages bring below /etc. What is declared takes the place of any of it. */
export interface PackagedEtc {
  sources: readonly EtcSource[];
  /** Has their files; has to stay open until the trees are stored. */
  folder: Folder;
  /** Theirs in /etc and in /usr. */
  unitFiles: UnitFiles;
  /** Keeps folders open for as long. */
  open: OpenFolders;
  /** Further files that a configuration comes to, which take the place of packages' own. */
  generated: (configuration: Configuration) => readonly GeneratedText[];
  /** The accounts that packages bring, as passwd(5) and group(5): in place of the machine's. */
  passwd: string;
  group: string;
  /** Paths of files that programs make anew, so that another one in their place is no conflict. */
  remade: readonly string[];
}

/** A file of a text that options come to. */
export interface GeneratedText {
  /** Below /etc. */
  path: string;
  text: string;
  /** Permission bits. */
  mode: number;
}

/**
 * What a machine wants below /etc, itself and in each of its specialisations, by their names.
 *
 * @throws GenctlError ETC_… with all that is wrong: ETC_INVALID where that is more than one thing
 */
export function wantedEtc(input: WantedEtcInput): {
  main: WantedEtc;
  specialisations: ReadonlyMap<string, WantedEtc>;
  /** What presets could not enable and why, one sentence each. */
  notEnabled: readonly string[];
} {
  const { root, declaration, configFolder, folder, packaged } = input;
  const { sources, problems } = readEtc(folder);
  const place: DeclarationPlace = {
    folders: [configFolder, root.realPath(configFolder)],
    isThere: path => root.stat(path) !== undefined,
  };
  for (const source of sources) {
    const reason = source.kind === 'link' ? linkProblem(source, place) : undefined;
    if (reason !== undefined) problems.push(badLink(folder?.join(source.path) ?? '', reason));
  }

  const textOf = (path: string): string => (folder === undefined ? '' : textBelow(folder, path));
  const accounts = new Accounts(
    packaged?.passwd ?? root.readFileIfThere('/etc/passwd')?.toString() ?? '',
    packaged?.group ?? root.readFileIfThere('/etc/group')?.toString() ?? '',
    sysusersAccounts(sources.filter(isSysusersFile).map(({ path }) => textOf(path))),
  );
  const unitFiles = new DeclaredUnitFiles(sources, textOf);
  const enabled = enabledUnits(
    unitFiles,
    unitFiles.ownNames(etcUnitFolder),
    packaged === undefined ? unitFiles : laidOver(unitFiles, packaged.unitFiles),
  );
  const own = new Set(sources.map(({ path }) => path));
  // What the declaration has at a path, or at that of a folder above it, is meant to be there.
  const declared = [
    ...sources,
    ...enabled.links.filter(({ path }) => ![path, ...foldersAbove(path)].some(at => own.has(at))),
  ];

  const want = (configuration: Configuration, specialisation: string | undefined): WantedEtc => {
    const generated = notCovered(generatedTexts(configuration, packaged), declared);
    const above = [
      ...declared,
      ...generated.map(({ path, text, mode }) => generatedFile(path, text, mode)),
    ];
    const below = notCovered(packaged?.sources ?? [], above).filter(
      ({ kind, path }) => kind !== 'link' || !enabled.withoutLinks.has(path),
    );
    const placed = placeEtc([...above, ...below], configuration.etc, accounts, (key, subject) =>
      declaration.origin(`etc.${key}`, { specialisation, subject }),
    );
    problems.push(...placed.problems);
    return {
      configuration,
      tree:
        packaged === undefined
          ? treeOf(folder, generated)
          : layeredTree(
              [
                ...layerFiles(declared, folder),
                ...generated.map(({ path, text }) => ({ path, content: { text } })),
                ...layerFiles(below, packaged.folder),
              ],
              packaged.open,
            ),
      entries: etcPath => placed.files.map(file => entryOf(file, etcPath)),
      conflicts: conflictPolicies(configuration, packaged?.remade ?? []),
    };
  };
  const main = want(declaration, undefined);
  const specialisations = new Map<string, WantedEtc>();
  for (const [name, configuration] of Object.entries(declaration.specialisations)) {
    specialisations.set(name, want(configuration, name));
  }
  refuseEtc(problems);
  return { main, specialisations, notEnabled: enabled.problems };
}

/** Files that options come to; what is declared itself takes their place. */
function generatedTexts(
  configuration: Configuration,
  packaged: PackagedEtc | undefined,
): GeneratedText[] {
  const { hostName } = configuration.networking;
  return [
    ...(hostName === undefined ? [] : [{ path: 'hostname', text: `${hostName}\n`, mode: 0o644 }]),
    ...(packaged?.generated(configuration) ?? []),
  ];
}

/** The whole of the declaration's `etc/`, and what was generated beside it. */
function treeOf(folder: Folder | undefined, generated: readonly GeneratedText[]): Tree {
  const declared = (folder?.names() ?? []).map(
    name => [name, copyOf(folder as Folder, name)] as const,
  );
  return folderOf([
    ...declared,
    ...generated.map(({ path, text }) => [path, fileOf(text)] as const),
  ]);
}

function layerFiles(sources: readonly EtcSource[], folder: Folder | undefined): LayerFile[] {
  if (folder === undefined) return [];
  return sources
    .filter(({ kind }) => kind === 'file')
    .map(({ path }) => ({ path, content: { below: folder } }));
}

function entryOf(file: PlacedFile, etcPath: string): EtcEntry {
  if (file.kind !== 'store-link') return file;
  return { kind: 'direct', path: file.path, target: `${etcPath}/${file.path}` };
}

function isSysusersFile({ kind, path }: EtcSource): boolean {
  return kind === 'file' && /^sysusers\.d\/[^/]+\.conf$/.test(path);
}
