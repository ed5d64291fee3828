import { GenctlError } from '../../../errors.ts';
import { ifThere } from '../../../host/file-error.ts';
import type { Folder } from '../../../host/folder.ts';
import { Root } from '../../../host/root.ts';
import { newDraftName } from '../../../store/draft-names.ts';
import { removeStaleDrafts } from '../../../store/stale-drafts.ts';
import type { OsTreeOptions, OsTreeStore, Store } from '../../../store/store.ts';
import { type StorePath, toStorePathName } from '../../../store/store-path.ts';
import { copyOf } from '../../../store/tree.ts';
import { buildFolder } from '../../build-folder.ts';
import { parseAccounts, renderAccounts } from '../account-database.ts';
import { packageCacheFolder } from '../apt/package-cache.ts';
import type { LockedAccounts, LockedPackage } from '../lock/lock.ts';
import { assertMayInstall } from './assert-may-install.ts';
import type { BuildPlan } from './build-script.ts';
import { baseFor, sameTree, whyNoBase } from './choose-base.ts';
import { dependsOnOrder } from './depends-on-order.ts';
import { giveNumbers } from './give-numbers.ts';
import { installOrder, namesOf } from './install-order.ts';
import { installPackages, type PackageProgress } from './install-packages.ts';
import { assertInstalled } from './installed-packages.ts';
import { kernelReleaseOf } from './kernel.ts';
import { type PackageControl, readControls } from './package-control.ts';
import { renumber, withGiven } from './tree-accounts.ts';
import { readTreeRecords, type TreeRecord, writeTreeRecord } from './tree-record.ts';

export interface TreeInput {
  root: Root;
  store: Store;
  /** The store's. */
  osTrees: OsTreeStore;
  suite: string;
  architecture: string;
  packages: readonly LockedPackage[];
  /**
   * Sees to it that packages are in the cache of the root and are what the lock says. Asked for
   * those only that are unpacked: what is built already needs no package any more.
   */
  fetch: (packages: readonly LockedPackage[]) => Promise<void>;
  /** Known numbers: they hold for whatever package asks for the name. */
  accounts: LockedAccounts;
  /** Answers to packages' questions, lines of debconf-set-selections(1); empty where there are none. */
  debconfSelections: string;
  /** The name of the package that brings the kernel, such as `linux-image-amd64`. */
  kernelPackage: string;
  /** Whether what earlier builds left may be built upon. */
  reuse: boolean;
  /** Told of each package that is unpacked or configured. */
  onPackage: (progress: PackageProgress) => void;
  /** Told why all packages are installed anew though there are earlier trees: a clause. */
  onWhole: (reason: string) => void;
}

/** Packages, installed and configured, in the store. */
export interface BuiltTree {
  /**
   * An operating-system tree: `usr/`, `etc/` and `var/` as packages left them, without secrets,
   * without the kernel and its modules; `usr/lib/modules` is there and empty; dpkg's database is at
   * `usr/lib/sysimage/dpkg`. `usr/bin/genctl` leads to /run/current-system/genctl/bin/genctl.
   */
  tree: StorePath;
  /** The file. */
  kernel: StorePath;
  /** A folder that has one folder, named as the kernel's release: what /usr/lib/modules shows. */
  modules: StorePath;
  /** `6.1.0-35-amd64`. */
  kernelRelease: string;
  /** All that packages have brought, those that were given included: what the lock is to hold. */
  accounts: LockedAccounts;
}

/**
 * Installs exactly the given packages into an empty folder and adds the result to the store: the
 * same input gives the same paths, on any machine and day. What was built before of the same input
 * is not built again; packages that only come on top of it are added to it.
 *
 * @throws GenctlError PACKAGE_FAILED (a maintainer script, with its last lines), PACKAGE_DAMAGED,
 *   ACCOUNT_CLASH, ACCOUNT_NUMBERS_SPENT, KERNEL_MISSING, NO_SPACE, NOT_ALLOWED, BUILD_FAILED
 */
export async function buildTree(input: TreeInput): Promise<BuiltTree> {
  const records = input.reuse ? await readTreeRecords(input.root, input.store, input) : [];
  const same = sameTree(records, input.packages, input.accounts);
  if (same !== undefined) return builtTree(same, input.accounts);
  assertMayInstall();
  using builds = input.root.folderOrMake(buildFolder);
  removeStaleDrafts(builds);
  const base = baseFor(records, input.packages, input.accounts);
  const upon =
    base === undefined
      ? whyNoBase(records, input.packages)
      : await inScratch(builds, scratch => buildUpon(input, base, scratch));
  if (typeof upon === 'object') return upon;
  if (upon !== undefined) input.onWhole(upon);
  await input.fetch(input.packages);
  return await inScratch(builds, scratch => buildWhole(input, scratch));
}

async function inScratch<T>(builds: Folder, work: (scratch: Folder) => Promise<T>): Promise<T> {
  const name = newDraftName();
  builds.makeFolder(name, 0o700);
  try {
    using scratch = builds.open(name);
    return await work(scratch);
  } finally {
    builds.removeTree(name);
  }
}

async function buildWhole(input: TreeInput, scratch: Folder): Promise<BuiltTree> {
  const controls = await readControls(input.root, input.packages);
  const order = installOrder(controls, new Set());
  await install(input, scratch, { order, base: undefined });
  using tree = scratch.open('tree');
  const accounts = await settleAccounts(input, tree, () => true);
  const kernelRelease = findKernel(tree, input.kernelPackage, controls);
  const { kernel, modules } = await addKernel(input.store, tree, scratch, kernelRelease);
  const record: TreeRecord = {
    tree: await addTree(input, scratch),
    kernel,
    modules,
    kernelRelease,
    packages: new Set(input.packages.map(({ sha256 }) => sha256)),
    names: new Set(controls.flatMap(namesOf)),
    accounts,
  };
  writeTreeRecord(input.root, input, record);
  return builtTree(record, input.accounts);
}

/** A clause where that cannot be, or the tree might be another one if it was built as a whole. */
async function buildUpon(
  input: TreeInput,
  base: TreeRecord,
  scratch: Folder,
): Promise<BuiltTree | string> {
  const added = input.packages.filter(({ sha256 }) => !base.packages.has(sha256));
  await input.fetch(added);
  const controls = await readControls(input.root, added);
  const essential = controls.find(control => control.essential);
  if (essential !== undefined) return `${essential.name} is essential, and comes before others`;
  scratch.makeFolder('accounts', 0o700);
  using accountFiles = scratch.open('accounts');
  for (const [name, text] of Object.entries(renderAccounts(base.accounts))) {
    accountFiles.createUnsynced(name, Buffer.from(text));
  }
  const order = installOrder(controls, base.names);
  try {
    await install(input, scratch, { order, base: input.root.onHost(base.tree) });
  } catch (thrown) {
    if (thrown instanceof GenctlError && thrown.code === 'BASE_UNSUITABLE') return thrown.message;
    throw thrown;
  }
  const changed = readChanged(scratch);
  const reason = whatDependsOnOrder(input.root.onHost(base.tree), scratch, changed);
  if (reason !== undefined) return reason;
  using tree = scratch.open('tree');
  const accounts = await settleAccounts(input, tree, path => changed.has(path));
  const isSame = (path: string): boolean => !changed.has(path);
  const record: TreeRecord = {
    ...base,
    tree: await addTree(input, scratch, { base: { path: base.tree, isSame } }),
    packages: new Set(input.packages.map(({ sha256 }) => sha256)),
    names: new Set([...base.names, ...controls.flatMap(namesOf)]),
    accounts,
  };
  writeTreeRecord(input.root, input, record);
  return builtTree(record, input.accounts);
}

function whatDependsOnOrder(
  basePath: string,
  scratch: Folder,
  changed: ReadonlySet<string>,
): string | undefined {
  using base = new Root(basePath);
  using tree = scratch.open('tree');
  using laid = new Root(tree.path);
  return dependsOnOrder({
    changed,
    isInBase: path => base.stat(`/${path}`) !== undefined,
    textInBase: path => base.readFileIfThere(`/${path}`)?.toString(),
    text: path => laid.readFileIfThere(`/${path}`)?.toString(),
  });
}

/** @throws GenctlError PACKAGE_FAILED where other packages are there than are to be */
async function install(
  { root, architecture, debconfSelections, onPackage, packages }: TreeInput,
  scratch: Folder,
  { order, base }: Pick<BuildPlan, 'order' | 'base'>,
): Promise<void> {
  const plan = {
    scratch: scratch.path,
    packages: root.onHost(packageCacheFolder),
    architecture,
    order,
    base,
  };
  await installPackages(scratch, plan, debconfSelections, onPackage);
  assertInstalled(scratch.readFile('installed').toString(), packages);
}

/** Paths from the top that were laid on top of a base. */
function readChanged(scratch: Folder): ReadonlySet<string> {
  const names = scratch.readFile('changed').toString().split('\0').slice(0, -1);
  return new Set(names.map(name => name.replace(/^\.\//, '')));
}

/** Gives accounts their numbers, and takes them out of the tree: a machine has its own. */
async function settleAccounts(
  { accounts: given }: TreeInput,
  tree: Folder,
  isOwn: (path: string) => boolean,
): Promise<LockedAccounts> {
  using etc = tree.open('etc');
  const found = parseAccounts(
    etc.readTextIfThere('passwd') ?? '',
    etc.readTextIfThere('group') ?? '',
  );
  const renumbering = renumber(found, given);
  await giveNumbers(tree.path, renumbering, isOwn);
  for (const name of ['passwd', 'group', 'shadow', 'gshadow']) ifThere(() => etc.removeFile(name));
  return renumbering.accounts;
}

function findKernel(
  tree: Folder,
  kernelPackage: string,
  controls: readonly PackageControl[],
): string {
  using root = new Root(tree.path);
  using info = root.folder('/usr/lib/sysimage/dpkg/info');
  return kernelReleaseOf(info, kernelPackage, controls);
}

/** Moves the kernel and its modules out of the tree into the store. */
async function addKernel(
  store: Store,
  tree: Folder,
  scratch: Folder,
  release: string,
): Promise<Pick<BuiltTree, 'kernel' | 'modules'>> {
  using root = new Root(tree.path);
  scratch.makeFolder('modules');
  using modules = scratch.open('modules');
  using boot = root.folder('/boot');
  using lib = root.folder('/usr/lib');
  const image = [`vmlinuz-${release}`, `vmlinux-${release}`].find(
    name => boot.stat(name)?.kind === 'file',
  );
  using allModules = lib.openIfThere('modules');
  if (image === undefined || allModules?.stat(release)?.kind !== 'folder') {
    throw new GenctlError(
      'KERNEL_MISSING',
      `cannot find the kernel ${release}: its package left none, or no modules, behind`,
    );
  }
  const kernel = await store.add(toStorePathName(`vmlinuz-${release}`), copyOf(boot, image));
  allModules.renameInto(release, modules, release);
  const added = await store.add(
    toStorePathName(`linux-modules-${release}`),
    copyOf(scratch, 'modules'),
  );
  for (const name of boot.rawNames()) boot.removeTree(name);
  for (const name of allModules.rawNames()) allModules.removeTree(name);
  return { kernel, modules: added };
}

async function addTree(
  { osTrees, suite }: TreeInput,
  scratch: Folder,
  options?: OsTreeOptions,
): Promise<StorePath> {
  return await osTrees.add(toStorePathName(`debian-${suite}`), scratch, 'tree', options);
}

function builtTree(
  { tree, kernel, modules, kernelRelease, accounts }: TreeRecord,
  given: LockedAccounts,
): BuiltTree {
  return { tree, kernel, modules, kernelRelease, accounts: withGiven(accounts, given) };
}
