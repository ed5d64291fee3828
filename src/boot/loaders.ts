import type { Finding } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import { type BootTarget, type LoaderPlace, ownedFiles, sectorPartition } from './boot-target.ts';
import { defaultOfSector, indexOfSector, pathOfDefault, readGrubMenu } from './grub/read-menu.ts';
import { renderGrubMenu } from './grub/render-menu.ts';
import { verifyGrubMenu } from './grub/verify-menu.ts';
import type { BootLayout } from './layout.ts';
import type { LoaderKind } from './loader-kind.ts';
import type { EntryKey, Menu } from './menu.ts';
import type { MenuLine } from './menu-line.ts';
import { parseLoaderConf } from './systemd-boot/loader-conf.ts';
import { matchesGlob, readMenuLines } from './systemd-boot/read-menu.ts';
import { renderMenu } from './systemd-boot/render-menu.ts';
import { verifyLoaderConf } from './systemd-boot/verify-loader-conf.ts';
import type { WantedFiles } from './wanted.ts';

/** All in which loaders differ, but for how they are installed. */
interface Loader<Place extends LoaderPlace> {
  /** The files by which it shows a menu. */
  render(menu: Menu, place: Place, layout: BootLayout): WantedFiles;
  /** Where its entries are, and how their files' names end. */
  entries(layout: BootLayout): { folder: string; suffix: string };
  sectorPath(layout: BootLayout): string;
  /** What its sector names as the default: an entry's identifier, or a pattern of them. */
  defaultId(sector: string): string | undefined;
  /** The same in the words in which the loader is told to boot it. */
  defaultWord(sector: string): string | undefined;
  /** Whether an entry is one of those that a default names. */
  matches(defaultId: string, id: string): boolean;
  /** The entries as its menu shows them, anybody's. */
  readLines(tops: PlaceTops, layout: BootLayout): MenuLine[];
  /** What is wrong with the file that names the default. */
  verify(place: Place, layout: BootLayout): Finding[];
}

/** The partitions of a place, open: the one with the file that names the default, and the boot one. */
export interface PlaceTops {
  sector: Folder;
  boot: Folder;
}

const loaders: { [Kind in LoaderKind]: Loader<Extract<LoaderPlace, { loader: Kind }>> } = {
  'systemd-boot': {
    render: (menu, _, layout) => renderMenu(menu, layout),
    entries: ({ systemdBoot }) => ({ folder: systemdBoot.entryFolder, suffix: '' }),
    sectorPath: ({ systemdBoot }) => systemdBoot.sector,
    defaultId: sector => parseLoaderConf(sector).get('default'),
    defaultWord: sector => parseLoaderConf(sector).get('default'),
    matches: matchesGlob,
    readLines: ({ sector, boot }, layout) => readMenuLines({ esp: sector, boot }, layout),
    verify: verifyLoaderConf,
  },
  grub: {
    render: (menu, { surroundings }, layout) => renderGrubMenu(menu, surroundings, layout),
    entries: ({ grub }) => ({ folder: grub.entryFolder, suffix: '.cfg' }),
    sectorPath: ({ grub }) => grub.sector,
    defaultId: defaultOfSector,
    defaultWord: pathOfDefault,
    matches: (defaultId, id) => defaultId === id,
    readLines: ({ boot }, layout) => readGrubMenu(boot, layout),
    verify: verifyGrubMenu,
  },
};

function loaderOf(place: LoaderPlace): Loader<LoaderPlace> {
  // The table's type ties each kind to its place; the union of both cannot say so any more.
  const table: Readonly<Record<LoaderKind, object>> = loaders;
  return table[place.loader] as Loader<LoaderPlace>;
}

/** The files by which the loader of a place shows a menu. Pure. */
export function renderAt(place: LoaderPlace, menu: Menu, layout: BootLayout): WantedFiles {
  return loaderOf(place).render(menu, place, layout);
}

/** The entries as a loader shows them, ours and all others. */
export function readLinesOf(loader: LoaderKind, tops: PlaceTops, layout: BootLayout): MenuLine[] {
  return loaders[loader].readLines(tops, layout);
}

/** What is wrong with the file that names the default of a place. Pure. */
export function verifySectorAt(place: LoaderPlace, layout: BootLayout): Finding[] {
  return loaderOf(place).verify(place, layout);
}

/** Where the file is that names the default of a place. */
function sectorPathAt(place: LoaderPlace, layout: BootLayout): string {
  return loaderOf(place).sectorPath(layout);
}

/** What a place boots when nobody picks an entry, by its loader's own name; undefined for none. */
export function defaultIdAt(place: LoaderPlace, layout: BootLayout): string | undefined {
  const sector = sectorPartition(place).sectors.get(sectorPathAt(place, layout));
  return sector === undefined ? undefined : loaderOf(place).defaultId(sector);
}

/** By what name a loader knows an entry; undefined where a file is none of its entries. */
export function entryIdAt(
  place: LoaderPlace,
  path: string,
  layout: BootLayout,
): string | undefined {
  const { folder, suffix } = loaderOf(place).entries(layout);
  if (!path.startsWith(`${folder}/`) || !path.endsWith(suffix)) return undefined;
  return path.slice(folder.length + 1, path.length - suffix.length);
}

/** In what words the loader of a place is told to boot an entry of a menu. Pure. */
export function wordForEntry(
  place: LoaderPlace,
  menu: Menu,
  key: EntryKey,
  layout: BootLayout,
): string | undefined {
  const loader = loaderOf(place);
  const { defaultSector } = loader.render({ ...menu, default: key }, place, layout);
  return loader.defaultWord(defaultSector.text);
}

/** Whether an entry of a place is one of those that a default names. */
export function namesEntry(place: LoaderPlace, defaultId: string, id: string): boolean {
  return loaderOf(place).matches(defaultId, id);
}

/** Which of our entries a target boots by itself; undefined where it is none of ours. */
export function defaultKeyOf(target: BootTarget, layout: BootLayout): EntryKey | undefined {
  const [place] = target.places;
  const wanted = defaultIdAt(place, layout);
  if (wanted === undefined) return undefined;
  return ownedFiles(target).find(({ path }) => entryIdAt(place, path, layout) === wanted)?.key;
}

/** Which loader needs a file; undefined for those that several share. */
export function loaderOfFile(path: string, layout: BootLayout): LoaderKind | undefined {
  const { systemdBoot, grub } = layout;
  const isBelow = (folder: string): boolean => path.startsWith(`${folder}/`);
  if (isBelow(grub.folder)) return 'grub';
  if (path === systemdBoot.sector || isBelow(systemdBoot.entryFolder)) return 'systemd-boot';
  return systemdBoot.programFolders.some(isBelow) ? 'systemd-boot' : undefined;
}

/** The index that GRUB's sector names, as a path; nothing for a sector that names none. */
export function menuInForce(sector: string | undefined, { grub }: BootLayout): string[] {
  const name = sector === undefined ? undefined : indexOfSector(sector);
  return name === undefined ? [] : [`${grub.folder}/${name}`];
}
