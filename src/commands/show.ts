import { exitCodes } from '../errors.ts';
import { nameOf } from '../generations/generation.ts';
import { generationLink } from '../generations/profile-layout.ts';
import { writeResult } from '../host/terminal.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import type { Command } from './context.ts';
import { existingGeneration } from './machine/plan-generation.ts';
import { lookAtSystems, profileNamed } from './machine/read-machine.ts';

export interface ShowArgs {
  generation: number;
  profile: string;
}

/** `genctl show GEN`: what one generation boots. */
export const show: Command<ShowArgs> = async ({ root, json }, { generation, profile }) => {
  const found = existingGeneration(profileNamed(lookAtSystems(root).systems, profile), generation);
  const bootspec = 'bootspec' in found.system ? found.system.bootspec : undefined;
  const facts = {
    profile,
    number: found.number,
    madeAt: new Date(found.madeAtSeconds * 1000).toISOString(),
    link: generationLink(profile, found.number),
    system: found.target,
    label: bootspec?.label ?? null,
    kernel: bootspec?.kernel ?? null,
    initrds: bootspec?.initrds ?? [],
    init: bootspec?.init ?? null,
    kernelParams: bootspec?.kernelParams ?? [],
    specialisations: [...(bootspec?.specialisations.keys() ?? [])],
  };
  if (json) {
    writeJson(facts);
    return exitCodes.done;
  }
  const lines = [
    printableLine(nameOf(found)),
    ...Object.entries({
      made: facts.madeAt,
      label: facts.label,
      system: facts.system,
      link: facts.link,
      kernel: facts.kernel,
      initrd: facts.initrds.join(' '),
      init: facts.init,
      params: facts.kernelParams.join(' '),
      specialisations: facts.specialisations.join(', ') || 'none',
    }).map(([name, value]) => `  ${`${name}:`.padEnd(17)}${printableLine(value ?? '')}`),
  ];
  writeResult(`${lines.join('\n')}\n`);
  return exitCodes.done;
};
