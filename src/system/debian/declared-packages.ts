import { GenctlError } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import type { Declaration } from '../declaration/declaration.ts';
import { formatPlace } from '../declaration/problem.ts';
import type { AptSettings } from './apt/apt-settings.ts';
import { debianArchitecture } from './debian-architecture.ts';

/**
 * Where the packages of a declaration come from.
 *
 * @param root whose caches are used
 * @param platform that of the machine, as Nix calls it, where none is declared
 * @throws GenctlError SUITE_NOT_DECLARED, ARCHITECTURE_UNKNOWN
 */
export function declaredSources(
  { system, nixpkgs }: Declaration,
  root: Root,
  platform: string,
  onProgress: AptSettings['onProgress'],
): AptSettings {
  if (system.suite === undefined) {
    throw new GenctlError('SUITE_NOT_DECLARED', 'no release of Debian is declared', {
      hint: 'Add one to [system], for example: suite = bookworm',
    });
  }
  return {
    root,
    suite: system.suite,
    architecture: debianArchitecture(nixpkgs.hostPlatform ?? platform),
    sourcesFile: system.sources,
    onProgress,
  };
}

/** Where a person has named a package, `FILE:LINE`; undefined for those that come along. */
export function placeOfPackage(declaration: Declaration, name: string): string | undefined {
  const item = declaration.environment.systemPackages.indexOf(name);
  const isKernel = item < 0 && declaration.system.kernelPackage === name;
  if (item < 0 && !isKernel) return undefined;
  const origin = isKernel
    ? declaration.origin('system.kernelPackage')
    : declaration.origin('environment.systemPackages', { item });
  return origin === undefined ? undefined : formatPlace(origin);
}
