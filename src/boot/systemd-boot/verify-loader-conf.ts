import type { Finding } from '../../errors.ts';
import type { BootLayout } from '../layout.ts';
import type { BootPartition } from '../read-boot-partition.ts';
import { isWrittenByGenctl, parseLoaderConf } from './loader-conf.ts';
import { matchesGlob } from './read-menu.ts';

/** What is read of a partition for this. */
type Partition = Pick<BootPartition, 'mountPoint' | 'ledger' | 'sectors' | 'sizes'>;

/**
 * Whether `loader.conf` is one of ours and its default is there. Its hash says nothing: the
 * default moves on in place. Where the ledger does not list it, it is not ours to judge. Pure.
 */
export function verifyLoaderConf(
  { esp, boot }: { esp: Partition; boot: Partition },
  layout: BootLayout,
): Finding[] {
  const { entryFolder, sector } = layout.systemdBoot;
  const { mountPoint } = esp;
  if (!esp.ledger?.files.some(({ path }) => path === sector)) return [];
  const loaderConf = esp.sectors.get(sector);
  const subject = `${mountPoint}/${sector}`;
  if (loaderConf === undefined) {
    const reason = 'it is gone, so the first entry of the menu boots';
    const hint = 'Run `genctl loader install`, which makes it anew.';
    return [{ code: 'BOOT_FILE_MISSING', subject, reason, hint }];
  }
  const changed: Finding = {
    code: 'BOOT_FILE_DAMAGED',
    subject,
    reason: 'it is not as genctl writes it: somebody has changed it, or it is damaged',
    hint: 'Run `genctl menu repair`, which writes it anew.',
  };
  // The loader shows the entries of both.
  const names = [...esp.sizes.keys(), ...boot.sizes.keys()].flatMap(path =>
    path.startsWith(`${entryFolder}/`) ? [path.slice(entryFolder.length + 1)] : [],
  );
  const hasEntries =
    boot.ledger?.files.some(
      ({ kind, path }) => kind === 'entry' && path.startsWith(`${entryFolder}/`),
    ) ?? false;
  const flaw = flawOfDefault(parseLoaderConf(loaderConf).get('default'), names, hasEntries);
  return [
    ...(isWrittenByGenctl(loaderConf) ? [] : [changed]),
    ...(flaw === undefined
      ? []
      : [
          {
            code: 'DEFAULT_MISSING',
            subject,
            reason: `${flaw}, so the first entry of the menu boots`,
            hint: 'Run `genctl boot GEN` with the generation that shall boot.',
          },
        ]),
  ];
}

function flawOfDefault(
  pattern: string | undefined,
  names: readonly string[],
  hasEntries: boolean,
): string | undefined {
  if (pattern === undefined) return hasEntries ? 'it names no default' : undefined;
  // What the loader finds by itself is no file among the entries.
  if (/^(?:auto-|@)|\.efi$/i.test(pattern)) return undefined;
  const isThere = names.some(
    name =>
      /\.conf$/i.test(name) &&
      // Whether the counter of boot attempts belongs to the name differs between versions.
      (matchesGlob(pattern, name) ||
        matchesGlob(pattern, name.replace(/\+[0-9]+(?:-[0-9]+)?(?=\.conf$)/i, ''))),
  );
  return isThere ? undefined : `its default ${pattern} is no entry that is there`;
}
