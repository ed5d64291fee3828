/** What `defaults` of mount(8) stands for, and what the kernel does without being asked. */
const saysNothing: ReadonlySet<string> = new Set([
  'defaults',
  'rw',
  'relatime',
  'suid',
  'dev',
  'exec',
  'auto',
  'nouser',
  'async',
]);

/** What the kernel makes of a compression without a level. */
const levels: ReadonlyMap<string, string> = new Map([
  ['compress', 'compress=zlib:3'],
  ['compress=zlib', 'compress=zlib:3'],
  ['compress=zstd', 'compress=zstd:3'],
  ['compress-force', 'compress-force=zlib:3'],
  ['compress-force=zlib', 'compress-force=zlib:3'],
  ['compress-force=zstd', 'compress-force=zstd:3'],
]);

/**
 * An element of a mount's options in the words of the mount table, so that what does the same is
 * the same: `subvol=/x` and `subvol=x`, `umask=077` and `fmask=0077` with `dmask=0077`. None for
 * what changes nothing.
 */
export function optionMeaning(element: string): readonly string[] {
  return element
    .split(',')
    .map(option => option.trim())
    .filter(option => option !== '' && !saysNothing.has(option))
    .flatMap(meaningOfOne);
}

function meaningOfOne(option: string): readonly string[] {
  const mask = /^([ufd])mask=([0-7]{1,4})$/.exec(option);
  if (mask !== null) {
    const bits = (mask[2] ?? '').padStart(4, '0');
    return (mask[1] === 'u' ? ['f', 'd'] : [mask[1]]).map(kind => `${kind}mask=${bits}`);
  }
  if (option.startsWith('subvol=')) {
    return [`subvol=/${option.slice('subvol='.length).replace(/^\/+/, '')}`];
  }
  return [levels.get(option) ?? option];
}

/** Said to mount(8) or systemd, which tell the kernel nothing of it: no mount table shows them. */
const notForKernel = /^(x-|X-|comment=|nofail$|noauto$|_netdev$|users?$|owner$|group$)/;

export function isForKernel(option: string): boolean {
  return !notForKernel.test(option);
}

/** Options with which nothing waits for the file system while the machine boots. */
const notAwaited: readonly string[] = ['nofail', 'noauto', 'x-systemd.automount'];

export function isWaitedFor(options: readonly string[]): boolean {
  return !options.flatMap(optionMeaning).some(option => notAwaited.includes(option));
}

/** Where one side names no subvolume of a btrfs, its top is what is mounted. */
export function withTop(meanings: readonly string[]): readonly string[] {
  return meanings.some(option => /^subvol(id)?=/.test(option))
    ? meanings
    : [...meanings, 'subvol=/'];
}
