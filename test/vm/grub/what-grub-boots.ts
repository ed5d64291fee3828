// What GRUB starts from a disk as it lies there: GRUB itself decides it, with its own reading of
// file systems, which replays no journal. grub-emu does the work; it has no `linux` to execute, and
// so ours takes its place, which tells the digests of what would be loaded.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  emulatorCommand,
  emulatorEnvironment,
  emulatorTools,
} from '../../boot/grub/emulator-terminal.ts';
import { runTool } from '../run-tool.ts';

/** Programs that this needs, with the Debian package of each. */
export const diskReadingTools: Readonly<Record<string, string>> = {
  ...emulatorTools,
  'grub-fstest': 'grub-common',
};

/** Far more than it takes: a tenth of a second where nothing else runs. */
const emulatorSeconds = 900;

export interface GrubStart {
  /** SHA-256 of the kernel and of each initrd, as GRUB has read them. */
  readonly digests: readonly string[];
  /** The kernel's `init=`. */
  readonly init: string;
}

/** GRUB has started nothing of ours, or has not ended; its own words follow. */
export class NothingStarted extends Error {
  override name = 'NothingStarted';

  constructor(said: string) {
    super(`GRUB has started nothing; it said: ${readable(said).trim() || 'nothing at all'}`);
  }
}

/** As GRUB's script: a kernel that cannot be read is none, and an initrd without one neither. */
const stand_ins = `
set pager=0
function linux {
  if sha256sum "$1"; then set genctl_test_kernel=loaded; fi
  for word in "$@"; do echo "word $word"; done
}
function initrd {
  if [ "$genctl_test_kernel" = loaded ]; then
    if sha256sum "$@"; then
      echo started
      exit
    fi
  fi
}
`;

/**
 * Starts the default of a menu without waiting, as GRUB does at the end of its countdown.
 * @param partition GRUB's name of it on the disk: `gpt1`
 * @param config the menu's first file, from the top of the partition
 * @param folder an empty or a missing folder for what grub-emu has to read
 */
export async function whatGrubBoots(
  { image, partition, config }: { image: string; partition: string; config: string },
  folder: string,
): Promise<GrubStart> {
  await mkdir(folder, { recursive: true });
  const map = join(folder, 'device.map');
  await writeFile(map, `(hd0) ${image}\n`);
  const begin = `set root=hd0,${partition}\nset prefix=(hd0,${partition})${config.replace(/\/[^/]*$/, '')}\n`;
  await writeFile(
    join(folder, 'grub.cfg'),
    `${stand_ins}${begin}source (hd0,${partition})${config}\nset timeout=0\n`,
  );
  const [command, ...args] = emulatorCommand({ folder, map }, emulatorSeconds);
  const said = await runTool(command, args, { env: emulatorEnvironment });
  const digests = [...said.matchAll(/([0-9a-f]{64}) /g)].map(([, digest = '']) => digest);
  const init = /word init=(\S+)/.exec(said)?.[1] ?? '';
  if (!said.includes('started')) throw new NothingStarted(said);
  return { digests, init };
}

/** The content of a file as GRUB reads it; throws where GRUB finds none. */
export async function readAsGrub(image: string, partition: string, path: string): Promise<Buffer> {
  const place = `(loop0,${partition})${path}`;
  const content = await runTool('grub-fstest', [image, 'cat', place], { encoding: 'latin1' });
  return Buffer.from(content, 'latin1');
}

/** The names in a folder as GRUB reads it, sorted; none where there is no such folder. */
export async function namesAsGrub(
  image: string,
  partition: string,
  folder: string,
): Promise<readonly string[]> {
  const listing = await runTool('grub-fstest', [image, 'ls', `(loop0,${partition})${folder}/`]);
  return listing.split(/\s+/).filter(Boolean).toSorted();
}

export function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function readable(said: string): string {
  return said.replaceAll(/\x1b(?:\[[0-9;?]*[@-~]|.)/g, '');
}
