import { GenctlError } from '../../errors.ts';
import { isWithin } from '../../hardware/module/places.ts';
import type { Configuration, Declaration } from '../declaration/declaration.ts';
import { formatOrigin } from '../declaration/problem.ts';

/**
 * Refuses what a declaration for packages of Debian cannot say.
 *
 * @param platform that of the machine that builds, as Nix calls it
 * @throws GenctlError PLATFORM_OTHER, ROOT_NOT_DECLARED, NOT_FOR_BUILDER, SPECIALISATION_PACKAGES
 */
export function refuseUndeclarable(declaration: Declaration, platform: string): void {
  const { system, boot, fileSystems, specialisations, nixpkgs } = declaration;
  const { hostPlatform = platform } = nixpkgs;
  if (hostPlatform !== platform) {
    throw new GenctlError(
      'PLATFORM_OTHER',
      `the machine is declared as ${hostPlatform}, and this one is ${platform}: packages can only be installed by their own programs`,
      { hint: 'Build on such a machine, or correct hostPlatform in [nixpkgs].' },
    );
  }
  const namesRoot = boot.kernelParams.some(word => word.startsWith('root='));
  if (!namesRoot && fileSystems['/']?.device === undefined) {
    throw new GenctlError('ROOT_NOT_DECLARED', 'it is not declared what is mounted at /', {
      hint: 'Run `genctl hardware write` on the machine, or add [fileSystems "/"] with device and fsType.',
    });
  }
  for (const place of Object.keys(fileSystems).filter(place => isWithin(place, '/usr'))) {
    const origin = declaration.origin('fileSystems.device', { subject: place });
    const section = `[fileSystems ${JSON.stringify(place)}]`;
    throw new GenctlError(
      'NOT_FOR_BUILDER',
      // systemd would mount it again with the options of fstab, and /usr could be written to.
      `${origin === undefined ? section : formatOrigin(origin)}: with builder = debian packages make ${place}`,
      {
        hint:
          place === '/usr/local'
            ? 'Declare it for /var/local: that is where /usr/local leads.'
            : 'Remove the section, or write the hardware module anew: nothing else can be mounted there.',
      },
    );
  }
  const files = { kernel: system.kernel, initrd: system.initrd[0], devicetree: system.devicetree };
  for (const key of ['kernel', 'initrd', 'devicetree'] as const) {
    if (files[key] === undefined) continue;
    const origin = declaration.origin(`system.${key}`);
    throw new GenctlError(
      'NOT_FOR_BUILDER',
      `${origin === undefined ? `[system] ${key}` : formatOrigin(origin)}: with builder = debian it comes from a package`,
      { hint: 'Remove the line; kernelPackage names the package of the kernel.' },
    );
  }
  for (const [name, configuration] of Object.entries(specialisations)) {
    if (packagesOf(configuration) === packagesOf(declaration)) continue;
    throw new GenctlError(
      'SPECIALISATION_PACKAGES',
      `specialisation ${name} has packages of its own, and all specialisations share those of the machine`,
      { hint: 'Declare the packages for the machine itself.' },
    );
  }
}

function packagesOf({ system, environment }: Configuration): string {
  const { suite, kernelPackage, debconfSelections } = system;
  const packages = environment.systemPackages.toSorted();
  return JSON.stringify([suite, kernelPackage, debconfSelections, packages]);
}
