import indexSource from '../../../templates/grub/index.cfg.eta';
import otherSource from '../../../templates/grub/other-system.cfg.eta';
import usersSource from '../../../templates/grub/users.cfg.eta';
import { grubWord, template } from '../../template.ts';
import { digestOfText } from '../../transaction/lower.ts';
import { copiedBlobs } from '../copied-blobs.ts';
import { type BootLayout, menuPath } from '../layout.ts';
import type { Menu, MenuSettings } from '../menu.ts';
import type { WantedFile, WantedFiles } from '../wanted.ts';
import { fallbacksOf } from './fallbacks.ts';
import { fileWord, findDevice } from './grub-file.ts';
import type { GrubSettings } from './grub-settings.ts';
import { type MenuOrder, orderMenu } from './menu-order.ts';
import type { OtherSystem } from './other-system.ts';
import { linesOfMenu, ownText } from './own-text.ts';
import { entryPath, renderEntry } from './render-entry.ts';
import { renderSector } from './render-sector.ts';
import { type Superusers, superusersOf } from './superusers.ts';
import type { GrubFile, GrubSurroundings } from './surroundings.ts';

/**
 * The files by which GRUB shows a menu: an index, which sources a file for each entry, and the
 * sector that names both. Pure.
 *
 * @throws GenctlError UNSAFE_TEXT, GRUB_PARAMETER, GRUB_SYNTAX, GRUB_USER_NAME, GRUB_PASSWORD
 */
export function renderGrubMenu(
  menu: Menu,
  surroundings: GrubSurroundings,
  layout: BootLayout,
): WantedFiles {
  const { place, assets } = surroundings;
  const entries = menu.entries.map(entry => renderEntry(entry, place, layout));
  const order = orderMenu(entries, menu.default, surroundings.standing);
  const copies = assets.copies.map(
    ({ source, ...file }): WantedFile => ({
      kind: 'blob',
      ...file,
      content: { copyOf: source },
      sources: [source],
    }),
  );
  const { superusers, passwords } = superusersOf(
    surroundings.settings.users.map(({ name }) => name),
    surroundings.passwords,
    { editor: menu.settings.editor, unrestricted: surroundings.settings.unrestricted },
  );
  const users = usersFile(passwords, layout);
  const text = renderIndex(order, menu.settings, surroundings, { superusers, users }, layout);
  const digest = digestOfText(text);
  const index: WantedFile = {
    kind: 'menu',
    path: menuPath(layout, digest),
    ...digest,
    content: { text },
    uses: [
      ...(users === undefined ? [] : [users.path]),
      ...copies.map(({ path }) => path),
      ...entries.map(({ file }) => file.path),
      ...surroundings.standing.map(id => entryPath(id, layout)),
    ],
  };
  return {
    files: [
      ...('unreachable' in place.store ? copiedBlobs(menu.entries, layout) : []),
      ...copies,
      ...(users === undefined ? [] : [users]),
      ...entries.map(({ file }) => file),
      index,
    ],
    defaultSector: {
      path: layout.grub.sector,
      text: renderSector(
        order.default,
        fallbacksOf(order, linesOfMenu(surroundings.settings.extraEntriesBefore)),
        index.path.slice(layout.grub.folder.length + 1),
      ),
    },
  };
}

/** What goes into the index; words and lines that were rendered before are called so. */
interface IndexText extends Graphics {
  access: string;
  superusers: string | undefined;
  /** Path of the file with their passwords, below GRUB's folder. */
  users: string | undefined;
  serial: readonly string[] | undefined;
  terminalInput: readonly string[];
  terminalOutput: readonly string[];
  gfxmode: string | undefined;
  gfxpayload: string | undefined;
  /** Lines. */
  findStore: string;
  timeoutStyle: GrubSettings['timeoutStyle'];
  timeout: number;
  /** Lines, as the three below. */
  extraConfig: string;
  isWritable: boolean;
  /** A pattern of what leads to an entry of ours; its second part is the entry's own identifier. */
  ownEntry: string;
  savesChoice: boolean;
  extraEntriesBefore: string;
  /** Paths below GRUB's folder, with a slash before. */
  top: readonly string[];
  submenus: readonly { id: string; title: string; paths: readonly string[] }[];
  others: string;
  extraEntries: string;
}

interface Graphics {
  graphics:
    | {
        /** A word, as all that are files. */
        font: string;
        themeFonts: readonly string[];
        modules: readonly string[];
        backgroundColor: string | undefined;
        splashImage: string | undefined;
        theme: string | undefined;
      }
    | undefined;
  /** What is left to write on where there is no graphics mode. */
  textOutput: readonly string[];
}

const renderText = template<IndexText>(indexSource, grubWord);
const renderUsers = template<Pick<Superusers, 'passwords'>>(usersSource, grubWord);
const renderOther = template<{ id: string; system: OtherSystem }>(otherSource, grubWord);

function renderIndex(
  order: MenuOrder,
  menuSettings: MenuSettings,
  surroundings: GrubSurroundings,
  { superusers, users }: { superusers: string | undefined; users: WantedFile | undefined },
  layout: BootLayout,
): string {
  const { place, settings } = surroundings;
  const { serial, terminalInput, terminalOutput, gfxmode, gfxpayload } = settings;
  const isWritable = place.boot.unwritable === undefined;
  const below = (id: string): string => belowFolder(entryPath(id, layout), layout);
  const option = (name: string): string => `boot.loader.grub.${name}`;
  const extraEntriesBefore = ownText(settings.extraEntriesBefore, option('extraEntriesBefore'));
  return renderText({
    access: settings.unrestricted || settings.users.length === 0 ? '--unrestricted' : '',
    superusers,
    users: users && belowFolder(users.path, layout),
    serial: serial?.split(/\s+/).filter(Boolean),
    terminalInput,
    terminalOutput,
    gfxmode,
    gfxpayload,
    findStore:
      'unreachable' in place.store
        ? ''
        : `${findDevice(place.store, 'genctl_store')}export genctl_store\n`,
    ...graphicsOf(surroundings),
    ...timeoutOf(menuSettings, settings),
    extraConfig: ownText(settings.extraConfig, option('extraConfig')),
    isWritable,
    ownEntry: `(^|>)(${layout.entryPrefix}[0-9a-f-]+)$`,
    savesChoice: isWritable && settings.default === 'saved',
    extraEntriesBefore,
    top: order.top.map(({ id }) => below(id)),
    submenus: order.submenus.map(({ id, title, entries, standing }) => ({
      id,
      title,
      paths: [...entries.map(entry => entry.id), ...standing].map(below),
    })),
    others: surroundings.others.map(renderOtherSystem).join(''),
    extraEntries: ownText(settings.extraEntries, option('extraEntries')),
  });
}

function belowFolder(path: string, { grub }: BootLayout): string {
  return path.slice(grub.folder.length);
}

/** The passwords of users, apart from the index: that may be read by everybody. */
function usersFile(
  passwords: Superusers['passwords'],
  { grub }: BootLayout,
): WantedFile | undefined {
  if (passwords.length === 0) return undefined;
  const text = renderUsers({ passwords });
  const digest = digestOfText(text);
  return {
    kind: 'blob',
    path: `${grub.folder}/users-${digest.sha256.slice(0, 12)}.cfg`,
    ...digest,
    content: { text, mode: 0o600 },
    sources: [],
  };
}

function renderOtherSystem(system: OtherSystem): string {
  const { sha256 } = digestOfText(JSON.stringify(system));
  return renderOther({ id: `other-${sha256.slice(0, 12)}`, system });
}

function graphicsOf({ place, settings, assets }: GrubSurroundings): Graphics {
  const { terminalOutput, backgroundColor } = settings;
  const textOutput = terminalOutput.filter(terminal => terminal !== 'gfxterm');
  if (textOutput.length === terminalOutput.length) return { graphics: undefined, textOutput };
  const store = 'unreachable' in place.store ? undefined : place.store;
  const word = (file: GrubFile): string => fileWord(file, place.boot, store);
  const { splashImage, theme } = assets;
  const fonts = assets.fonts.map(word);
  const [font, ...themeFonts] = settings.font === undefined ? ['unicode', ...fonts] : fonts;
  return {
    graphics: {
      font: font ?? 'unicode',
      themeFonts,
      modules: modulesFor(assets),
      backgroundColor,
      splashImage: splashImage && word(splashImage),
      theme: theme && word(theme),
    },
    textOutput,
  };
}

function modulesFor({ splashImage, theme }: GrubSurroundings['assets']): string[] {
  const picture =
    splashImage && ('inStore' in splashImage ? splashImage.inStore : splashImage.onBoot);
  const suffix = /\.(\w+)$/.exec(picture ?? '')?.[1]?.toLowerCase() ?? '';
  const readers: Record<string, string> = { png: 'png', tga: 'tga', jpg: 'jpeg', jpeg: 'jpeg' };
  const ofTheme = theme === undefined ? [] : ['gfxmenu', 'png', 'jpeg'];
  return [...new Set([...ofTheme, readers[suffix] ?? []].flat())];
}

/** Seconds for who has declared none: what distributions give. */
const usualTimeout = 5;

function timeoutOf(
  { timeout = usualTimeout }: MenuSettings,
  { timeoutStyle }: GrubSettings,
): Pick<IndexText, 'timeout' | 'timeoutStyle'> {
  if (timeout === 'menu-force') return { timeoutStyle: 'menu', timeout: -1 };
  // With 0 nobody could press Escape in time.
  if (timeout === 'menu-hidden') return { timeoutStyle: 'hidden', timeout: 1 };
  return { timeoutStyle, timeout };
}
