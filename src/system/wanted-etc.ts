import { type ConflictPolicies, type EtcEntry, foldersAbove } from '../activation/etc-tree.ts';
import { etcUnitFolder } from '../activation/units/unit-files.ts';
import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import { copyOf, fileOf, folderOf, type Tree } from '../store/tree.ts';
import { Accounts } from './accounts.ts';
import { conflictPolicies } from './conflict-policies.ts';
import type { Configuration, Declaration } from './declaration/declaration.ts';
import { DeclaredUnitFiles } from './declared-unit-files.ts';
import { enabledUnits } from './enabled-units.ts';
import { refuseEtc } from './etc-problem.ts';
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
  const { root, declaration, configFolder, folder } = input;
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
    root.readFileIfThere('/etc/passwd')?.toString() ?? '',
    root.readFileIfThere('/etc/group')?.toString() ?? '',
    sysusersAccounts(sources.filter(isSysusersFile).map(({ path }) => textOf(path))),
  );
  const unitFiles = new DeclaredUnitFiles(sources, textOf);
  const enabled = enabledUnits(unitFiles, unitFiles.ownNames(etcUnitFolder));
  const own = new Set(sources.map(({ path }) => path));
  // What the declaration has at a path, or at that of a folder above it, is meant to be there.
  const declared = [
    ...sources,
    ...enabled.links.filter(({ path }) => ![path, ...foldersAbove(path)].some(at => own.has(at))),
  ];

  const want = (configuration: Configuration, specialisation: string | undefined): WantedEtc => {
    const generated = generatedTexts(configuration, declared);
    const all = [
      ...declared,
      ...Array.from(generated, ([path, text]) => generatedFile(path, text)),
    ];
    const placed = placeEtc(all, configuration.etc, accounts, (key, subject) =>
      declaration.origin(`etc.${key}`, { specialisation, subject }),
    );
    problems.push(...placed.problems);
    return {
      configuration,
      tree: treeOf(folder, generated),
      entries: etcPath => placed.files.map(file => entryOf(file, etcPath)),
      conflicts: conflictPolicies(configuration),
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

/** Files that options come to, by path; what lies in `etc/` itself takes their place. */
function generatedTexts(
  { networking }: Configuration,
  declared: readonly EtcSource[],
): Map<string, string> {
  const generated = new Map<string, string>();
  const { hostName } = networking;
  if (hostName !== undefined && !declared.some(({ path }) => path === 'hostname')) {
    generated.set('hostname', `${hostName}\n`);
  }
  return generated;
}

function treeOf(folder: Folder | undefined, generated: ReadonlyMap<string, string>): Tree {
  const declared = (folder?.names() ?? []).map(
    name => [name, copyOf(folder as Folder, name)] as const,
  );
  return folderOf([
    ...declared,
    ...Array.from(generated, ([path, text]) => [path, fileOf(text)] as const),
  ]);
}

function entryOf(file: PlacedFile, etcPath: string): EtcEntry {
  if (file.kind !== 'store-link') return file;
  return { kind: 'direct', path: file.path, target: `${etcPath}/${file.path}` };
}

function isSysusersFile({ kind, path }: EtcSource): boolean {
  return kind === 'file' && /^sysusers\.d\/[^/]+\.conf$/.test(path);
}
