import type { Bootspec } from '../bootspec/bootspec.ts';
import { renderBootspec } from '../bootspec/render-bootspec.ts';
import { type StorePath } from '../store/store-path.ts';
import { fileOf, folderOf, linkTo, type Tree } from '../store/tree.ts';
import type { Configuration } from './declaration/declaration.ts';
import { renderConfiguration } from './render-configuration.ts';

/** A system that is in the store. */
export interface BuiltSystem {
  toplevel: StorePath;
  bootspec: Bootspec;
}

/** Of a system that brings its own `/usr`. */
export interface BroughtUserland {
  /** An operating-system tree, whose `usr` is mounted at /usr. */
  tree: StorePath;
  /** What /usr/lib/modules shows. */
  modules: StorePath;
  /** Links at the top of the tree, and what they lead to: `bin` to `usr/bin`. */
  links: ReadonlyMap<string, string>;
  /** genctl itself, with all that it needs: `bin/genctl`. */
  genctl: StorePath;
  /** The text of `packages.json`: what is installed in the tree. */
  packages: string;
}

/** What a toplevel is made from: parts that are in the store, and texts. */
export interface SystemParts {
  /** The path of the toplevel to be, by its placeholder. */
  self: string;
  platform: string;
  label: string;
  kernel: StorePath;
  initrds: readonly StorePath[];
  devicetree: StorePath | undefined;
  kernelParams: readonly string[];
  etc: StorePath;
  scripts: { init: string; activate: string; manifest: string };
  /** Undefined where `/usr` is the machine's own. */
  userland: BroughtUserland | undefined;
  configuration: Configuration;
  specialisations: ReadonlyMap<string, BuiltSystem>;
}

/** What the system says of itself to boot loaders. */
export function bootspecOf(parts: SystemParts): Bootspec {
  return {
    system: parts.platform,
    toplevel: parts.self,
    init: `${parts.self}/init`,
    kernel: parts.kernel,
    initrds: parts.initrds,
    kernelParams: parts.kernelParams,
    label: parts.label,
    ...(parts.devicetree !== undefined && { devicetree: parts.devicetree }),
    specialisations: new Map(
      [...parts.specialisations].map(([name, { bootspec }]) => [name, bootspec]),
    ),
  };
}

/** The tree of a toplevel, laid out as NixOS lays out its own. Pure. */
export function systemTree(parts: SystemParts): Tree {
  const { scripts, initrds, userland, specialisations } = parts;
  const [initrd] = initrds;
  const special = [...specialisations].map(
    ([name, { toplevel }]) => [name, linkTo(toplevel)] as const,
  );
  return folderOf({
    'boot.json': fileOf(renderBootspec(bootspecOf(parts))),
    kernel: linkTo(parts.kernel),
    ...(initrd !== undefined && { initrd: linkTo(initrd) }),
    init: fileOf(scripts.init, { executable: true }),
    activate: fileOf(scripts.activate, { executable: true }),
    etc: linkTo(parts.etc),
    'etc-manifest': fileOf(scripts.manifest),
    'system.json': fileOf(renderConfiguration(parts.configuration)),
    ...(userland !== undefined && {
      os: linkTo(userland.tree),
      'kernel-modules': linkTo(userland.modules),
      genctl: linkTo(userland.genctl),
      'packages.json': fileOf(userland.packages),
    }),
    ...(special.length > 0 && { specialisation: folderOf(special) }),
  });
}
