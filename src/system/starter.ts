import unprobedSource from '../../templates/hardware-unprobed.conf.eta';
import systemSource from '../../templates/system.conf.eta';
import { seal } from '../hardware/emit/seal.ts';
import { iniValue, template } from '../template.ts';
import type { StarterLoader } from './starter-loader.ts';

/** What a starter declaration says of the machine. */
export interface StarterFacts {
  hostName: string;
  /** Path or glob, as `initrd`. */
  kernel: string;
  initrd: string;
  kernelParams: readonly string[];
  loader: StarterLoader;
}

const renderSystem = template<StarterFacts>(systemSource, iniValue);
const renderUnprobed = template<object>(unprobedSource, iniValue);

/**
 * The files of a starter declaration, by name, in the order in which they are to be written.
 *
 * @param hardware the text of the hardware module; undefined where nothing could be probed
 */
export function renderStarter(
  facts: StarterFacts,
  hardware: string | undefined,
): [name: string, text: string][] {
  return [
    ['hardware-configuration.conf', hardware ?? seal(renderUnprobed({}))],
    ['system.conf', renderSystem(facts)],
  ];
}
