import unprobedSource from '../../templates/hardware-unprobed.conf.eta';
import systemSource from '../../templates/system.conf.eta';
import { seal } from '../hardware/emit/seal.ts';
import { iniValue, template } from '../template.ts';
import type { StarterLoader } from './starter-loader.ts';

/** What a starter declaration says of the machine. */
export interface StarterFacts {
  hostName: string;
  source: StarterSource;
  kernelParams: readonly string[];
  loader: StarterLoader;
  /** Files of `etc/` whose owner or mode has to be said. */
  etc: readonly StarterEtc[];
}

/** What systems are built from. */
export type StarterSource =
  | {
      builder: 'files';
      /** Path or glob, as `initrd`. */
      kernel: string;
      initrd: string;
    }
  | {
      builder: 'debian';
      suite: string;
      /** Undefined where the machine has none. */
      kernelPackage: string | undefined;
      systemPackages: readonly string[];
      /** Packages that stand there as comments: others recommend them. */
      recommended: readonly string[];
      /** Whether there is no such machine yet: it has no users, for one. */
      isNew: boolean;
    };

/** An `[etc "PATH"]` section; undefined where its default is right. */
export interface StarterEtc {
  path: string;
  /** Octal, as chmod takes it. */
  mode: string | undefined;
  user: string | undefined;
  group: string | undefined;
}

interface SystemText extends StarterFacts {
  sections: readonly (StarterEtc & { header: string })[];
}

const renderSystem = template<SystemText>(systemSource, iniValue);
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
  const sections = facts.etc.map(section => ({
    ...section,
    header: `etc ${JSON.stringify(section.path)}`,
  }));
  return [
    ['hardware-configuration.conf', hardware ?? seal(renderUnprobed({}))],
    ['system.conf', renderSystem({ ...facts, sections })],
  ];
}
