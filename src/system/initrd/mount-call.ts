import type { NeededMount } from './needed-mounts.ts';

/** A mount as the words of a call in a script. */
export interface MountCall {
  place: string;
  device: string;
  /** Empty where the kernel is to find out. */
  fsType: string;
  options: string;
  isBind: boolean;
  mayFail: boolean;
}

/** What a script is told of a mount; without options it is one that can be written to. Pure. */
export function mountCall({ fsType = '', options, ...mount }: NeededMount): MountCall {
  return { ...mount, fsType, options: options.length === 0 ? 'rw' : options.join(',') };
}
