import { memberOf } from '../emit/option-family.ts';
import { optionName } from '../emit/option-name.ts';
import type { OptionPath } from '../module/hardware-module.ts';
import type { CommittedModule, CommittedValue } from './committed-module.ts';
import type { DeviceNames, Match } from './device-names.ts';
import type { Difference } from './difference.ts';
import { isWaitedFor } from './option-meaning.ts';

/** What a difference comes to. */
export type Judgement = Pick<Difference, 'mattersForBooting' | 'note'>;

/** An option with one value. */
interface Change {
  readonly option: OptionPath;
  readonly committed: CommittedValue | undefined;
  readonly live: CommittedValue;
  readonly isNeeded: boolean;
}

interface Known {
  readonly committed: CommittedModule;
  readonly names: DeviceNames;
}

const notes: Readonly<Record<Match, string | undefined>> = {
  same: undefined,
  another: undefined,
  several: 'several devices answer to that name',
  none: 'no device answers to that name',
  'not known': 'which device has that name cannot be seen here',
};

/** Undefined where both values say the same. */
export function judgeChange(
  { option, committed: said, live, isNeeded }: Change,
  { committed, names }: Known,
): Judgement | undefined {
  if (said === live) return undefined;
  const rest = memberOf(option)?.rest.join('.');
  // The type of a file system is found out at each mount.
  if (rest === 'fsType' && (said === 'auto' || said === undefined)) return undefined;
  // With the shell scripts of stage 1 it is false, and with systemd's NixOS refuses that.
  if (rest === 'preLVM' && said === false) return undefined;
  if (rest !== 'device' || typeof said !== 'string' || typeof live !== 'string') {
    // Without it nothing is built, or it is said elsewhere, as it was before there was the option.
    const isElsewhere = said === undefined && optionName(option) === 'nixpkgs.hostPlatform';
    return { mattersForBooting: isNeeded && !isElsewhere, note: undefined };
  }
  const match = names.match(said, live);
  if (match === 'same') return undefined;
  const isMissed = match === 'none' && isAwaited(option, committed);
  return {
    mattersForBooting: match !== 'not known' && (isNeeded || isMissed),
    note: notes[match],
  };
}

/** Of a value that only the file has; undefined where it says nothing. */
export function judgeLoss(
  option: OptionPath,
  said: string | number | boolean,
  { committed, names }: Known,
): Judgement | undefined {
  const member = memberOf(option);
  const rest = member?.rest.join('.') ?? '';
  if (['neededForBoot', 'randomEncryption.enable'].includes(rest) && said === false) {
    return undefined;
  }
  const plain: Judgement = { mattersForBooting: false, note: undefined };
  if (rest !== 'device' || typeof said !== 'string') return plain;
  const devices = names.answering(said) ?? [];
  const beside = (...name: string[]) =>
    committed.get(optionName([...option.slice(0, -1), ...name]));
  if (beside('randomEncryption', 'enable') === true) {
    const content = devices.find(device => device.content !== null)?.content?.type;
    if (content === undefined || content === 'swap') return plain;
    return { mattersForBooting: true, note: `it holds ${content} now, and would be overwritten` };
  }
  if (names.isGone(said)) {
    return { mattersForBooting: isAwaited(option, committed), note: notes.none };
  }
  if (names.isSeveral(devices)) return { ...plain, note: notes.several };
  // A data set is no block device, and is mounted all the same.
  const isDataSet = beside('fsType') === 'zfs' && isAwaited(option, committed);
  return isDataSet ? { ...plain, mattersForBooting: true } : plain;
}

/**
 * Whether booting fails for want of a device that is not there. Without a swap device it goes on.
 */
function isAwaited(device: OptionPath, committed: CommittedModule): boolean {
  const family = memberOf(device)?.family;
  if (family !== 'fileSystems') return family === 'boot.initrd.luks.devices';
  const options = committed.get(optionName([...device.slice(0, -1), 'options']));
  return typeof options !== 'object' || isWaitedFor(options);
}
