import { memberOf } from '../emit/option-family.ts';
import { optionName, optionPath } from '../emit/option-name.ts';
import type { Facts } from '../facts/facts.ts';
import type { HardwareModule } from '../module/hardware-module.ts';
import { belowRoot } from '../module/places.ts';
import {
  type CommittedModule,
  type CommittedValue,
  flatten,
  readBack,
} from './committed-module.ts';
import { DeviceNames } from './device-names.ts';
import type { Difference } from './difference.ts';
import { judgeChange, judgeLoss } from './judge-difference.ts';
import { itemsGone, itemsWithout } from './list-items.ts';
import { devicesIn, nameAsCommitted } from './name-as-committed.ts';
import { type ModulesOfOthers, modulesOfNixos } from './nixos-modules.ts';
import { withLabels } from './with-labels.ts';

/** The machine that a file is compared with, and who reads the file. */
export interface Compared {
  readonly facts: Facts;
  /** Where the machine is mounted: `/`, or `/mnt` during an installation. */
  readonly root: string;
  /** genctl, or NixOS, which adds to what the file says. */
  readonly format: 'conf' | 'nix';
}

/**
 * Compares what is committed with the module that describes the machine now: by what it does, not
 * by how it is said. Devices are the same that are the same block device, lists have their
 * elements in any order, and what NixOS adds by itself is there. First what the machine has, in
 * the module's order, then what it has not any more, in that of the file. Pure.
 *
 * What matters for booting:
 * - a driver, a device, a subvolume or a service on the way to the root and to what has to be
 *   there before the system starts, where the file lacks it or has another one;
 * - a name of such a device that several devices answer to: any of them may be mounted;
 * - a device that nothing answers to any more and that is waited for: a file system without
 *   `nofail`, `noauto` or `x-systemd.automount`, and a LUKS device, for which stage 1 waits;
 * - a swap with a random key, whose device holds something else by now, which would be lost.
 *
 * What does not: anything that is only not mounted or not plugged in while the machine would come
 * up without it (without a swap it does), a driver too many, how something is mounted, network
 * interfaces, microcode, and options that no probe knows of.
 */
export function compareModules(
  file: CommittedModule,
  module: HardwareModule,
  compared: Compared,
): readonly Difference[] {
  const committed = withLabels(file);
  const opened = devicesIn(committed, 'boot.initrd.luks.devices');
  const names = new DeviceNames(compared.facts.blockDevices, opened);
  const wanted = nameAsCommitted(module, committed, names);
  const sides: Sides = {
    committed,
    live: flatten(wanted),
    needed: neededKeys(wanted, committed, compared),
    names,
    others: compared.format === 'nix' ? modulesOfNixos(committed, compared.facts.platform) : none,
    shownFor: key => shownFor(key, compared),
  };
  return [
    ...[...sides.live].flatMap(([key, value]) => differencesOf(key, value, sides)),
    ...[...committed].flatMap(([key, value]) => goneOf(key, value, sides)),
  ];
}

interface Sides {
  readonly committed: CommittedModule;
  readonly live: CommittedModule;
  /** Options and elements of lists that the machine needs to boot. */
  readonly needed: ReadonlySet<string>;
  readonly names: DeviceNames;
  /** What comes without being in the file. */
  readonly others: ModulesOfOthers;
  /** What the mount table says to a list of mount options. */
  readonly shownFor: (key: string) => readonly string[];
}

const none: ModulesOfOthers = new Map();

/** What is loaded into an initrd is in it. */
const isInToo: ReadonlyMap<string, string> = new Map([
  ['boot.initrd.availableKernelModules', 'boot.initrd.kernelModules'],
]);

/** What the machine has that the file has not, or has otherwise. */
function differencesOf(key: string, live: CommittedValue, sides: Sides): readonly Difference[] {
  const { committed, needed } = sides;
  const there = committed.get(key);
  const option = optionPath(key);
  if (typeof live === 'object') {
    const others = [there, sides.others.get(key), committed.get(isInToo.get(key) ?? '')];
    return itemsWithout(key, live, others.flatMap(listOf)).map(item => ({
      kind: 'added',
      option,
      committed: undefined,
      live: item,
      mattersForBooting: needed.has(itemKey(key, item)),
      note: undefined,
    }));
  }
  const change = { option, committed: there, live, isNeeded: needed.has(key) };
  const judgement = judgeChange(change, sides);
  if (judgement === undefined) return [];
  const kind = there === undefined ? 'added' : 'changed';
  return [{ kind, option, committed: shown(there), live, ...judgement }];
}

/** What the file has that the machine has not. */
function goneOf(key: string, value: CommittedValue, sides: Sides): readonly Difference[] {
  const there = sides.live.get(key);
  const option = optionPath(key);
  if (typeof value === 'object') {
    const others = [there, sides.others.get(key), sides.shownFor(key)];
    return itemsGone(key, value, others.flatMap(listOf)).map(item => ({
      kind: 'gone',
      option,
      committed: item,
      live: undefined,
      mattersForBooting: false,
      note: undefined,
    }));
  }
  const judgement = there === undefined ? judgeLoss(option, value, sides) : undefined;
  if (judgement === undefined) return [];
  return [{ kind: 'gone', option, committed: value, live: undefined, ...judgement }];
}

function neededKeys(
  wanted: HardwareModule,
  committed: CommittedModule,
  { format }: Compared,
): ReadonlySet<string> {
  // NixOS has them for a stage 1 of systemd; the one of shell scripts does the same unasked.
  const hasServices = format === 'conf' || committed.get('boot.initrd.systemd.enable') === true;
  const needed = wanted.definitions.filter(({ neededToBoot, option }) => {
    const isService = option.slice(0, 3).join('.') === 'boot.initrd.services';
    return neededToBoot && (hasServices || !isService);
  });
  return new Set(
    needed.map(({ kind, option, value }) => {
      const key = optionName(option);
      return kind === 'value' ? key : itemKey(key, String(readBack(value)));
    }),
  );
}

function itemKey(key: string, item: string): string {
  return `${key} ${item}`;
}

/** What is seen is so, though a module does not say it where it is a default. */
function shownFor(key: string, { facts, root }: Compared): readonly string[] {
  const member = memberOf(optionPath(key));
  if (member?.family !== 'fileSystems') return [];
  const mount = facts.mounts.findLast(
    ({ mountPoint }) => belowRoot(mountPoint, root) === member.name,
  );
  return mount === undefined ? [] : [...mount.options, ...mount.superOptions];
}

function listOf(value: CommittedValue | undefined): readonly string[] {
  return typeof value === 'object' ? value : [];
}

/** A value where no list is expected; a list comes as the text of its elements. */
function shown(value: CommittedValue | undefined): string | number | boolean | undefined {
  return typeof value === 'object' ? value.join(' ') : value;
}
