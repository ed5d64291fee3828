import { byBytes } from '../../host/folder.ts';
import type { KernelModules } from '../kernel/kernel-modules.ts';
import type { BootChain, ChainModule } from './boot-chain.ts';
import type { Item, Omission, OptionPath } from './hardware-module.ts';

/** So many are named, the rest is counted. */
const mostNamed = 4;

interface Wanted {
  readonly module: ChainModule;
  /** Clauses, and what of the boot each of them is about. */
  readonly reasons: Map<string, Set<BootChain>>;
  neededToBoot: boolean;
}

const hows: Readonly<Record<ChainModule['because'], string>> = {
  bound: ', bound',
  alias: ', by alias',
  'bound and alias': ', bound and by alias',
  type: '',
};

/** The modules of one list of NixOS, each with all of its reasons. */
export class WantedModules {
  readonly #kernel: KernelModules | undefined;
  readonly #found = new Map<string, Wanted>();

  constructor(kernel: KernelModules | undefined) {
    this.#kernel = kernel;
  }

  /**
   * Adds a module, or another reason for one that is there.
   *
   * @param what it drives
   * @param chain what the machine needs that for, if it does
   */
  add(module: ChainModule, what: string, chain?: BootChain): void {
    const isNeeded = chain?.neededToBoot === true;
    const uses = isNeeded ? [chain] : [];
    this.#addReason(module, `${what}${hows[module.because]}`, uses, isNeeded);
  }

  #addReason(
    module: ChainModule,
    reason: string,
    uses: readonly BootChain[],
    neededToBoot: boolean,
  ): void {
    const known = this.#found.get(module.name);
    const wanted = known ?? { module, reasons: new Map(), neededToBoot: false };
    if (known === undefined) this.#found.set(module.name, wanted);
    const ofReason = wanted.reasons.get(reason) ?? new Set();
    for (const use of uses) ofReason.add(use);
    wanted.reasons.set(reason, ofReason);
    wanted.neededToBoot ||= neededToBoot;
  }

  /**
   * What goes into the list, by name, and what the target kernel has no module for. What is built
   * into a kernel that will not be the one that boots, as far as is known, goes into the list: in
   * the other one it may be a module, and whoever makes the initrd passes over what is built in.
   */
  listed(option: OptionPath): { items: readonly Item[]; omissions: readonly Omission[] } {
    const isListed = ({ module: { inKernel } }: Wanted): boolean =>
      isListable(inKernel, this.#kernel);
    const sorted = [...this.#found.values()].toSorted((left, right) =>
      byBytes(left.module.name, right.module.name),
    );
    return {
      items: sorted.filter(isListed).map(wanted => this.#toItem(option, wanted)),
      omissions: sorted.filter(wanted => !isListed(wanted)).map(wanted => this.#omitted(wanted)),
    };
  }

  #toItem(option: OptionPath, { module, reasons, neededToBoot }: Wanted): Item {
    const { needs, wants } = this.#companionsOf(module.name);
    const because = [
      ...clauses(reasons),
      ...(module.inKernel === 'built-in' ? [`built into the running ${this.#release()}`] : []),
      ...(needs.length === 0 ? [] : [`needs ${needs.join(', ')}`]),
      ...(wants.length === 0 ? [] : [`wants ${wants.join(', ')}`]),
    ];
    return { kind: 'item', option, value: module.name, because, neededToBoot };
  }

  /**
   * What has to be loaded with a module, and what it would like to have (modules.softdep). Whoever
   * makes the initrd adds both; as names of their own they would break the next kernel that has
   * none of them.
   */
  #companionsOf(module: string): { needs: readonly string[]; wants: readonly string[] } {
    const kernel = this.#kernel;
    if (kernel === undefined || kernel.role === 'names') return { needs: [], wants: [] };
    const isLoaded = (name: string): boolean => kernel.find(name) === 'loadable';
    const needs = kernel.dependencies(module).filter(isLoaded);
    const wants = [module, ...needs].flatMap(owner => kernel.softDependencies(owner));
    const isOpen = (name: string): boolean => isLoaded(name) && !needs.includes(name);
    return { needs, wants: [...new Set(wants)].filter(isOpen) };
  }

  #omitted({ module, reasons }: Wanted): Omission {
    const release = this.#release();
    const reason =
      module.inKernel === 'built-in'
        ? `built into ${release}`
        : `${release} has no such module; ${clauses(reasons).join('; ')}`;
    return { subject: `module ${module.name}`, reason };
  }

  #release(): string {
    return `kernel ${this.#kernel?.release ?? ''}`.trimEnd();
  }
}

/** Whether a module is to be named in a list, by where the kernel that is at hand has it. */
export function isListable(
  inKernel: ChainModule['inKernel'],
  kernel: KernelModules | undefined,
): boolean {
  return inKernel === 'built-in' ? kernel?.role !== 'boots' : inKernel !== 'missing';
}

function clauses(reasons: ReadonlyMap<string, ReadonlySet<BootChain>>): readonly string[] {
  return shortened([...reasons].map(([reason, uses]) => [reason, ...usesOf(uses)].join('; ')));
}

/** `/ and /boot are on it`, and a keyboard is at it: its chain begins with a device. */
function usesOf(uses: ReadonlySet<BootChain>): readonly string[] {
  const isKeyboard = ({ links }: BootChain): boolean => links[0]?.kind === 'device';
  const above = [...uses].filter(use => !isKeyboard(use)).map(({ subject }) => subject);
  const plugged = [...uses].filter(isKeyboard).map(({ subject }) => subject);
  return [
    ...(above.length === 0 ? [] : [`${enumerated(above)} on it`]),
    ...(plugged.length === 0 ? [] : [`${enumerated(plugged)} at it`]),
  ];
}

function enumerated(subjects: readonly string[]): string {
  const texts = shortened(subjects);
  const last = texts.at(-1) ?? '';
  if (texts.length === 1) return `${last} is`;
  const isCount = texts.length < subjects.length;
  return `${texts.slice(0, -1).join(', ')}${isCount ? ' ' : ' and '}${last} are`;
}

function shortened(texts: readonly string[]): readonly string[] {
  if (texts.length <= mostNamed + 1) return texts;
  return [...texts.slice(0, mostNamed), `and ${texts.length - mostNamed} more`];
}
