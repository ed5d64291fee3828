import { AliasIndex } from './alias-index.ts';
import { readBuiltinModinfo } from './builtin-modinfo.ts';
import { type KernelModules, moduleName } from './kernel-modules.ts';

const packings: ReadonlySet<string> = new Set(['.ko', '.ko.xz', '.ko.zst', '.ko.gz']);

/**
 * The modules of the kernel whose folder `/lib/modules/RELEASE` is read. What depmod(8) and the
 * kernel's build wrote there is read when it is first asked for: modules.alias has 1.2 MB.
 *
 * @param readFile the content of a file in that folder; undefined where there is none
 * @returns as one that boots; undefined where there is no modules.dep: no kernel, or depmod has not run
 */
export function readKernelModules(
  readFile: (name: string) => Uint8Array | undefined,
  release: string,
): KernelModules | undefined {
  const dependencyLines = readFile('modules.dep');
  if (dependencyLines === undefined) return undefined;
  // One byte, one character: names of modules are ASCII, and what is not matches nothing.
  const text = (name: string): string => toText(readFile(name));

  const loadable = onDemand(() => indexDependencies(toText(dependencyLines)));
  const builtin = onDemand(() => readBuiltinNames(text('modules.builtin')));
  const modinfo = onDemand(() => readBuiltinModinfo(text('modules.builtin.modinfo')));
  const aliases = onDemand(() => new AliasIndex(readFile('modules.alias') ?? new Uint8Array()));
  const builtinAliases = onDemand(
    () => new AliasIndex(Buffer.from(modinfo().aliasLines, 'latin1')),
  );
  const softDependencies = onDemand(() =>
    readSoftDependencies(text('modules.softdep'), modinfo().softDependencies),
  );

  const find = (name: string): 'built-in' | 'loadable' | undefined => {
    const wanted = moduleName(name);
    if (loadable().has(wanted)) return 'loadable';
    return builtin().has(wanted) ? 'built-in' : undefined;
  };
  // A controller is asked for once for each thing that hangs on it.
  const answers = new Map<string, readonly string[]>();
  const modulesFor = (modalias: string): readonly string[] => {
    const known = answers.get(modalias);
    if (known !== undefined) return known;
    const inKernel = builtinAliases().modulesFor(modalias);
    const found = [...new Set([...aliases().modulesFor(modalias), ...inKernel])];
    answers.set(modalias, found);
    return found;
  };

  return {
    release,
    role: 'boots',
    modulesFor,
    find,
    dependencies: name => readDependencies(loadable().get(moduleName(name)) ?? ''),
    softDependencies(name) {
      const wanted = softDependencies().get(moduleName(name)) ?? [];
      const found = wanted.flatMap(word =>
        find(word) === undefined ? modulesFor(word) : moduleName(word),
      );
      return [...new Set(found)];
    },
  };
}

/** What lines of modules.dep say behind the name of their module: `kernel/fs/ext4/ext4.ko.xz: …`. */
function indexDependencies(lines: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of lines.split('\n')) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? undefined : fileModule(line.slice(0, colon));
    if (name !== undefined) found.set(name, line.slice(colon + 1));
  }
  return found;
}

/** depmod lists all that a module needs, what has to be loaded first at the end. */
function readDependencies(paths: string): readonly string[] {
  return paths
    .split(' ')
    .flatMap(path => fileModule(path) ?? [])
    .toReversed();
}

function readBuiltinNames(lines: string): ReadonlySet<string> {
  return new Set(lines.split('\n').flatMap(line => fileModule(line.trim()) ?? []));
}

/** Lines of modules.softdep: `softdep MODULE pre: NAME … post: NAME …`. */
function readSoftDependencies(
  lines: string,
  ofBuiltin: readonly (readonly [string, string])[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const add = (module: string, wanted: readonly string[]): void => {
    const names = wanted.filter(word => word !== '' && word !== 'pre:' && word !== 'post:');
    const name = moduleName(module);
    found.set(name, [...new Set([...(found.get(name) ?? []), ...names])]);
  };
  for (const line of lines.split('\n')) {
    const [keyword, module, ...wanted] = line.trim().split(/\s+/);
    if (keyword === 'softdep' && module !== undefined) add(module, wanted);
  }
  for (const [module, wanted] of ofBuiltin) add(module, wanted.split(/\s+/));
  return found;
}

/** The name of the module in a file, packed or not; undefined for other files. */
function fileModule(path: string): string | undefined {
  const start = path.lastIndexOf('/') + 1;
  const end = path.indexOf('.ko', start);
  return end > start && packings.has(path.slice(end))
    ? moduleName(path.slice(start, end))
    : undefined;
}

function toText(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return '';
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function onDemand<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
