import hardwareSource from '../../templates/hardware-configuration.conf.eta';
import systemSource from '../../templates/system.conf.eta';
import { iniValue, template } from '../template.ts';

/** What a starter declaration says of the machine. */
export interface StarterFacts {
  hostName: string;
  /** Path or glob, as `initrd`. */
  kernel: string;
  initrd: string;
  kernelParams: readonly string[];
  efiSysMountPoint: string;
}

const renderSystem = template<StarterFacts>(systemSource, iniValue);
const renderHardware = template<object>(hardwareSource, iniValue);

/** The files of a starter declaration, by name, in the order in which they are to be written. */
export function renderStarter(facts: StarterFacts): [name: string, text: string][] {
  return [
    ['hardware-configuration.conf', renderHardware({})],
    ['system.conf', renderSystem(facts)],
  ];
}
