import { GenctlError } from '../../errors.ts';
import { moduleName } from '../../hardware/kernel/kernel-modules.ts';

/** A file of a kernel's modules. */
export interface ModuleFile {
  /** Below the folder of the kernel's release: `kernel/fs/ext4/ext4.ko.xz`. */
  readonly path: string;
  /** Names of the modules that it needs, as modules.dep has them: what is loaded last comes first. */
  readonly needs: readonly string[];
}

/** How a module is packed: `xz`, `zst`, `gz`; undefined where it is not. */
export function packingOf({ path }: Pick<ModuleFile, 'path'>): string | undefined {
  return /\.ko\.([a-z]+)$/.exec(path)?.[1];
}

/** The path of a module's file once it is unpacked. */
export function unpackedPath({ path }: Pick<ModuleFile, 'path'>): string {
  return path.replace(/\.ko\.[a-z]+$/, '.ko');
}

/** The files of a kernel's loadable modules by their names, from its modules.dep. Pure. */
export function indexModuleFiles(modulesDep: string): ReadonlyMap<string, ModuleFile> {
  const files = new Map<string, ModuleFile>();
  for (const line of modulesDep.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const path = line.slice(0, colon);
    const needs = line
      .slice(colon + 1)
      .split(' ')
      .filter(Boolean)
      .map(nameOfFile);
    files.set(nameOfFile(path), { path, needs });
  }
  return files;
}

/**
 * What modprobe reads, cut down to some of a kernel's modules; depmod(8). Pure.
 *
 * @param present names of modules, sorted
 * @param files by module, as `indexModuleFiles` makes them
 * @param modulesAlias the kernel's modules.alias
 * @throws GenctlError INITRD_FAILED where modules.dep does not know one
 */
export function trimmedIndexes(
  present: readonly string[],
  files: ReadonlyMap<string, ModuleFile>,
  modulesAlias: string,
): { modulesDep: string; modulesAlias: string } {
  const kept = new Set(present);
  const pathOf = (name: string): string => unpackedPath(moduleFile(files, name));
  const lines = present.map(name => {
    const { needs } = moduleFile(files, name);
    return `${[`${pathOf(name)}:`, ...needs.map(pathOf)].join(' ')}\n`;
  });
  return {
    modulesDep: lines.join(''),
    modulesAlias: aliasLines(modulesAlias)
      .filter(({ module }) => kept.has(module))
      .map(({ line }) => `${line}\n`)
      .join(''),
  };
}

/** The file of a module. @throws GenctlError INITRD_FAILED where there is none */
export function moduleFile(files: ReadonlyMap<string, ModuleFile>, name: string): ModuleFile {
  const file = files.get(name);
  if (file !== undefined) return file;
  throw new GenctlError('INITRD_FAILED', `cannot make the initrd: modules.dep names no ${name}`, {
    hint: "Build again with another kernelPackage: this one's modules are incomplete.",
  });
}

/** The modules that say of some device that they drive it: their alias begins with a bus. Pure. */
export function modulesWithDeviceAlias(modulesAlias: string): ReadonlySet<string> {
  const drivers = aliasLines(modulesAlias).filter(({ alias }) => /^[a-z0-9_]+:/.test(alias));
  return new Set(drivers.map(({ module }) => module));
}

interface AliasLine {
  readonly line: string;
  readonly alias: string;
  readonly module: string;
}

function aliasLines(modulesAlias: string): readonly AliasLine[] {
  return modulesAlias.split('\n').flatMap(line => {
    const [, alias = '', module] = /^alias (\S+) (\S+)$/.exec(line) ?? [];
    return module === undefined ? [] : [{ line, alias, module: moduleName(module) }];
  });
}

function nameOfFile(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return moduleName(name.replace(/\.ko(\.[a-z]+)?$/, ''));
}
