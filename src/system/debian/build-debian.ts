import { liveUnitFiles } from '../../activation/units/live-unit-files.ts';
import { GenctlError } from '../../errors.ts';
import { Root } from '../../host/root.ts';
import type { OsTreeEntry } from '../../store/os-tree/os-tree-entry.ts';
import type { OsTreeStore, Store } from '../../store/store.ts';
import { type BootFiles, buildToplevel } from '../build-toplevel.ts';
import type { Declaration } from '../declaration/declaration.ts';
import { buildInitrd } from '../initrd/build-initrd.ts';
import { OpenFolders } from '../layered-etc.ts';
import { addOwnGenctl, ownGenctl } from '../own-genctl/own-genctl.ts';
import type { BroughtUserland, BuiltSystem } from '../system-tree.ts';
import { type WantedEtc, wantedEtc } from '../wanted-etc.ts';
import { fetchPackages } from './apt/package-cache.ts';
import { declaredSources, placeOfPackage } from './declared-packages.ts';
import { describePackages } from './describe-packages.ts';
import { packagedEtc } from './etc/packaged-etc.ts';
import { knownAccounts, readLiveAccounts, refuseClashes } from './live-accounts.ts';
import { completeLock } from './lock/complete-lock.ts';
import type { Lock } from './lock/lock.ts';
import { renderPackageList } from './package-list.ts';
import { refuseUndeclarable } from './refuse-undeclarable.ts';
import { type BuiltTree, buildTree } from './tree/build-tree.ts';
import type { PackageProgress } from './tree/install-packages.ts';
import { kernelPackageOf, wantedPackages } from './wanted-packages.ts';

export interface DebianInput {
  root: Root;
  store: Store;
  /** The declaration's folder, a logical path; its `etc/` appears under /etc. */
  configFolder: string;
  declaration: Declaration;
  /** As Nix calls it, `x86_64-linux`. */
  platform: string;
  /** Undefined where there is none yet. */
  lock: Lock | undefined;
  /** Whether what earlier builds left may be built upon. */
  reuse: boolean;
  /** Told of work that takes a while, one short line each. */
  onProgress: (line: string) => void;
  /** Told of each package that is unpacked or configured. */
  onPackage: (progress: PackageProgress) => void;
  /** Told why all packages are installed anew though there are earlier trees: a clause. */
  onWhole: (reason: string) => void;
  /** Told of each thing that is declared and was left out, one sentence each. */
  onLeftOut: (sentence: string) => void;
}

/** A system, and the lock that it was built by: what was locked, completed. */
export interface DebianBuild {
  system: BuiltSystem;
  lock: Lock;
}

/**
 * The builder `debian`: packages of Debian's, installed into a tree of the store, and a kernel that
 * is one of them. Built by a complete lock, it is the same path on any machine.
 *
 * @throws GenctlError STORE_HAS_NO_TREES, ROOT_NOT_DECLARED, ACCOUNT_CLASH, ETC_…, and those of
 *   `completeLock`, `fetchPackages`, `buildTree` and `buildInitrd`
 */
export async function buildDebian(input: DebianInput): Promise<DebianBuild> {
  const { root, store, declaration } = input;
  const osTrees = osTreesOf(store);
  refuseUndeclarable(declaration, input.platform);
  const settings = declaredSources(declaration, root, input.platform, input.onProgress);
  const { architecture } = settings;
  const wanted = wantedPackages(declaration, architecture);
  const live = readLiveAccounts(root);
  const resolved = await completeLock(settings, {
    lock: input.lock,
    wanted,
    update: 'nothing',
    placeOf: name => placeOfPackage(declaration, name),
  });
  // Before anybody has waited; what packages come to make besides is known afterwards.
  refuseClashes(live, resolved.accounts);
  const built = await buildTree({
    root,
    store,
    osTrees,
    suite: settings.suite,
    architecture,
    packages: resolved.packages,
    fetch: packages => fetchPackages(settings, packages),
    accounts: knownAccounts(resolved.accounts, live),
    debconfSelections: declaration.system.debconfSelections ?? '',
    kernelPackage: kernelPackageOf(declaration, architecture),
    reuse: input.reuse,
    onPackage: input.onPackage,
    onWhole: input.onWhole,
  });
  const lock = { ...resolved, accounts: built.accounts };
  refuseClashes(live, lock.accounts);
  const entries = await osTrees.listing(built.tree);
  const userland: BroughtUserland = {
    tree: built.tree,
    modules: built.modules,
    links: topLinks(entries),
    genctl: await (input.reuse ? ownGenctl(root, store) : addOwnGenctl(root, store)),
    packages: packagesText(root, built, lock),
  };
  return { system: await buildSystems(input, { built, entries, lock, userland }), lock };
}

/** Nix's store can hold no owners, setuid bits and capabilities. */
function osTreesOf({ osTrees }: Store): OsTreeStore {
  if (osTrees !== undefined) return osTrees;
  throw new GenctlError(
    'STORE_HAS_NO_TREES',
    'builder = debian needs a store that genctl manages, and Nix manages this one',
    { hint: 'Use builder = files, or a machine without Nix.' },
  );
}

/** `bin` and the like. */
function topLinks(entries: readonly OsTreeEntry[]): ReadonlyMap<string, string> {
  return new Map(
    entries.flatMap(entry =>
      entry.kind === 'link' && !entry.path.includes('/') ? [[entry.path, entry.target]] : [],
    ),
  );
}

/** Secrets that packages made for themselves, which the machine has to make: paths. */
function leftOut(root: Root, { tree }: BuiltTree): string[] {
  const text = root.readFileIfThere(`${tree}/usr/lib/genctl/left-out`)?.toString() ?? '';
  return text.split('\n').filter(line => line !== '');
}

const noSources =
  'no apt sources are declared, so this machine could not fetch packages by itself: put etc/apt/sources.list beside system.conf';

/** Whether a machine that was there before has some, which stay. */
function hasOwnSources(root: Root): boolean {
  using parts = root.folderIfThere('/etc/apt/sources.list.d');
  const isSources = (name: string): boolean => /\.(?:list|sources)$/.test(name);
  return (
    root.stat('/etc/apt/sources.list') !== undefined || parts?.names().some(isSources) === true
  );
}

interface Parts {
  built: BuiltTree;
  /** What is in its tree. */
  entries: readonly OsTreeEntry[];
  lock: Lock;
  userland: BroughtUserland;
}

/** The machine itself and its specialisations, which share the tree. */
async function buildSystems(
  input: DebianInput,
  { built, entries, lock, userland }: Parts,
): Promise<BuiltSystem> {
  const { root, configFolder } = input;
  using tree = new Root(root.onHost(built.tree));
  using etc = root.folder(`${built.tree}/etc`);
  using open = new OpenFolders();
  using folder = root.folderIfThere(`${configFolder}/etc`);
  const packaged = packagedEtc({
    entries,
    accounts: lock.accounts,
    folder: etc,
    unitFiles: liveUnitFiles(tree),
    open,
  });
  const wanted = wantedEtc({ ...input, folder, packaged });
  for (const sentence of wanted.notEnabled) input.onLeftOut(sentence);
  for (const path of leftOut(root, built)) {
    input.onLeftOut(`${path}: a script of a package made it, and it would be the same everywhere`);
  }
  const hasSources =
    input.declaration.system.sources !== undefined ||
    wanted.main.entries('').some(({ path }) => path.startsWith('apt/sources.list')) ||
    hasOwnSources(root);
  if (!hasSources) input.onLeftOut(noSources);
  const specialisations = new Map<string, BuiltSystem>();
  for (const [name, there] of wanted.specialisations) {
    specialisations.set(name, await buildOne(input, built, userland, there, name, new Map()));
  }
  return await buildOne(input, built, userland, wanted.main, undefined, specialisations);
}

async function buildOne(
  { root, store, declaration, platform, reuse }: DebianInput,
  built: BuiltTree,
  userland: BroughtUserland,
  wanted: WantedEtc,
  specialisation: string | undefined,
  specialisations: ReadonlyMap<string, BuiltSystem>,
): Promise<BuiltSystem> {
  const { tree, modules, kernel, kernelRelease } = built;
  const { configuration } = wanted;
  const initrd = await buildInitrd({
    root,
    store,
    configuration,
    etc: wanted.tree,
    tree,
    modules,
    kernelRelease,
    reuse,
    originOf: (option, item) => declaration.origin(option, { specialisation, item }),
  });
  const boot: BootFiles = {
    kernel,
    kernelName: `vmlinuz-${kernelRelease}`,
    initrds: [initrd],
    devicetree: undefined,
  };
  return await buildToplevel({
    store,
    declaration,
    platform,
    boot,
    wanted,
    specialisation,
    specialisations,
    userland,
  });
}

const statusFile = 'usr/lib/sysimage/dpkg/status';

function packagesText(root: Root, { tree }: BuiltTree, { packages, wanted }: Lock): string {
  const status = root.readFile(`${tree}/${statusFile}`).toString();
  return renderPackageList(describePackages(packages, status, new Set(wanted)));
}
