import type { BootChain, ChainLink } from './boot-chain.ts';

/** Something that the machine does not boot without, and that the target kernel cannot drive. */
export interface MissingModule {
  /** The link of a chain: `nvme: 0000:01:00.0 144d:a808`. */
  readonly what: string;
  /** Modules that the kernel has not; any one of them would do. */
  readonly modules: readonly string[];
  /** What needs it, of what has to be there at boot. */
  readonly subjects: readonly string[];
}

/**
 * What is missing in the target kernel for the machine to boot; nothing where no kernel was at hand.
 * A device is driven by any one of its modules, a file system or a mapping needs each.
 */
export function missingModules(chains: readonly BootChain[]): readonly MissingModule[] {
  const found = new Map<string, { what: string; modules: readonly string[]; subjects: string[] }>();
  for (const { subject, neededToBoot, links } of chains) {
    if (!neededToBoot) continue;
    for (const { what, modules } of links.flatMap(missingOf)) {
      const key = JSON.stringify([what, modules]);
      const known = found.get(key);
      if (known === undefined) found.set(key, { what, modules, subjects: [subject] });
      else if (!known.subjects.includes(subject)) known.subjects.push(subject);
    }
  }
  return [...found.values()];
}

function missingOf({ what, modules }: ChainLink): readonly Omit<MissingModule, 'subjects'>[] {
  const missing = modules.filter(({ inKernel }) => inKernel === 'missing');
  const ofType = missing.filter(({ because }) => because === 'type');
  const isUndriven = missing.length > ofType.length && missing.length === modules.length;
  const drivers = isUndriven ? missing.filter(({ because }) => because !== 'type') : [];
  return [
    ...ofType.map(({ name }) => ({ what, modules: [name] })),
    ...(drivers.length > 0 ? [{ what, modules: drivers.map(({ name }) => name) }] : []),
  ];
}
