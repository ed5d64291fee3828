// grub-emu draws by ncurses, which needs a terminal: script(1) gives it one of its own.

/** The Debian package of each program that this needs. */
export const emulatorTools: Readonly<Record<string, string>> = {
  'grub-emu': 'grub-emu',
  script: 'bsdutils',
};

/** Added to the environment: the terminal's kind, and a shell for script(1) that is the same anywhere. */
export const emulatorEnvironment: Readonly<Record<string, string>> = {
  TERM: 'vt100',
  SHELL: '/bin/sh',
};

/**
 * What runs GRUB in a terminal of 25 rows and 100 columns, until it ends or the seconds are over.
 * The paths are words as a shell reads them: without white space.
 * @param folder holds GRUB's first `grub.cfg`
 * @param map the file that says which image is `hd0`
 */
export function emulatorCommand(
  { folder, map }: { folder: string; map: string },
  seconds: number,
): [command: string, ...args: string[]] {
  // In a process group of its own, as timeout(1) makes one by default, GRUB would be in the
  // terminal's background: it is stopped there as soon as it sets the terminal up.
  const limited = `timeout --foreground --kill-after=5 ${seconds}`;
  const run = `stty rows 25 cols 100; exec ${limited} grub-emu -d ${folder} -m ${map}`;
  return ['script', '-qfc', run, '/dev/null'];
}
