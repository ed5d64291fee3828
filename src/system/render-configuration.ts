import { createHash } from 'node:crypto';
import type { Configuration } from './declaration/declaration.ts';

/**
 * The resolved declaration as JSON, so that two systems can be compared later. Paths of the host
 * are no part of it. What the first version of genctl had is always there; options that came
 * later are there where they are set, so that systems without them keep their store paths.
 */
export function renderConfiguration(configuration: Configuration): string {
  const { system, networking, gc, activation, etc } = configuration;
  const { kernelParams, loader, kernelModules, initrd, swraid } = configuration.boot;
  const { environment, users, fileSystems, swapDevices, zramSwap, nixpkgs } = configuration;
  const document = {
    version: 1,
    system: systemOf(system),
    networking,
    boot: {
      kernelParams,
      loader: loaderOf(loader),
      ...whatIsSet({ kernelModules, initrd, swraid }),
    },
    gc,
    etc,
    ...whatIsSet({
      environment,
      users: usersOf(users),
      activation,
      fileSystems,
      swapDevices,
      zramSwap,
      nixpkgs,
    }),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/**
 * Answers to packages may be secret, and everybody can read the store: their hash tells of a change.
 * Where packages were fetched from is left out: the same ones make the same system, and the file that
 * says it lies elsewhere on another machine.
 */
function systemOf(system: Configuration['system']): object {
  const { debconfSelections, sources: _, ...others } = system;
  return {
    ...others,
    ...(debconfSelections !== undefined && {
      debconfSelections: `sha256:${createHash('sha256').update(debconfSelections).digest('hex')}`,
    }),
  };
}

/** Without passwords. */
function usersOf({ users }: Configuration['users']): object {
  return Object.fromEntries(
    Object.entries(users).map(([name, { authorizedKeys }]) => [name, { authorizedKeys }]),
  );
}

/**
 * What is said of GRUB is there where it is a loader. Everybody can read the store: hashes of
 * passwords do not go there.
 */
function loaderOf({ kind, efi, grub, ...others }: Configuration['boot']['loader']): object {
  const [first, ...further] = kind;
  const users = Object.keys(grub.users);
  return {
    kind: further.length === 0 ? first : kind,
    ...others,
    ...(efi.canTouchEfiVariables ? {} : { efi }),
    ...(kind.includes('grub') && { grub: whatIsSet({ ...grub, users }) }),
  };
}

/** A value without lists and objects that hold nothing; undefined where nothing is left. */
function whatIsSet<T>(value: T): T | undefined {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  const inner = Object.entries(value)
    .map(([key, one]) => [key, whatIsSet(one)] as const)
    .filter(([, one]) => one !== undefined);
  return inner.length === 0 ? undefined : (Object.fromEntries(inner) as T);
}
