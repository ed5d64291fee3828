import { GenctlError } from '../../../errors.ts';
import type { Root } from '../../../host/root.ts';
import { run } from '../../../host/run.ts';
import { cachedPackagePath } from '../apt/package-cache.ts';
import { parseStanzas } from '../control-stanzas.ts';
import type { LockedPackage } from '../lock/lock.ts';
import { parseRelations, type Relation } from './relations.ts';

/** What a package says of itself that decides when it is installed. */
export interface PackageControl {
  name: string;
  architecture: string;
  /** Of its file in the package cache, hexadecimal. */
  sha256: string;
  /** Whether others may use it without saying so. */
  essential: boolean;
  /** What has to be configured before this one is unpacked. */
  preDepends: readonly Relation[];
  /** What has to be configured before this one is configured. */
  depends: readonly Relation[];
  /** Names that it stands for besides its own. */
  provides: readonly string[];
}

const fields = ['Package', 'Version', 'Architecture', 'Essential', 'Provides'] as const;

/** So many at once: more do not get faster by it. */
const atOnce = 4;

/**
 * Reads what cached packages say of themselves, in the order they are given.
 *
 * @throws GenctlError PACKAGE_DAMAGED where a file is another package's
 */
export async function readControls(
  root: Root,
  packages: readonly LockedPackage[],
): Promise<PackageControl[]> {
  const controls: PackageControl[] = [];
  const queue = packages.entries();
  const worker = async (): Promise<void> => {
    for (const [index, locked] of queue) controls[index] = await readControl(root, locked);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return controls;
}

async function readControl(root: Root, locked: LockedPackage): Promise<PackageControl> {
  const path = cachedPackagePath(root, locked);
  const { stdout } = await run('dpkg-deb', ['--field', path, ...fields, 'Pre-Depends', 'Depends']);
  const [control = new Map<string, string>()] = parseStanzas(stdout);
  const found = `${control.get('package')} ${control.get('version')} ${control.get('architecture')}`;
  const wanted = `${locked.name} ${locked.version} ${locked.architecture}`;
  if (found !== wanted) {
    throw new GenctlError(
      'PACKAGE_DAMAGED',
      `cannot install ${wanted}: ${path} is the package ${found}`,
      { hint: `Remove ${path}; it is fetched again.` },
    );
  }
  const relations = (field: string): Relation[] =>
    parseRelations((control.get(field) ?? '').replaceAll('\n', ' '));
  return {
    name: locked.name,
    architecture: locked.architecture,
    sha256: locked.sha256,
    essential: control.get('essential') === 'yes',
    preDepends: relations('pre-depends'),
    depends: relations('depends'),
    provides: relations('provides').flat(),
  };
}
