import indexSource from '../../../templates/grub/index.cfg.eta';
import otherSource from '../../../templates/grub/other-system.cfg.eta';
import { grubWord, template } from '../../template.ts';
import { digestOfText } from '../../transaction/lower.ts';
import type { BootLayout } from '../layout.ts';
import type { MenuSettings } from '../menu.ts';
import { type Graphics, graphicsOf } from './graphics.ts';
import { findDevice } from './grub-file.ts';
import type { GrubSettings } from './grub-settings.ts';
import type { MenuOrder } from './menu-order.ts';
import type { OtherSystem } from './other-system.ts';
import { ownText } from './own-text.ts';
import { entryPath } from './render-entry.ts';
import type { GrubSurroundings } from './surroundings.ts';

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

const render = template<IndexText>(indexSource, grubWord);
const renderOther = template<{ id: string; system: OtherSystem }>(otherSource, grubWord);

/** What an index is made from. */
export interface IndexSources {
  order: MenuOrder;
  menuSettings: MenuSettings;
  surroundings: GrubSurroundings;
  /** As GRUB's variable names them; undefined where everybody may do all. */
  superusers: string | undefined;
  /** Where the file with their passwords is on the boot partition; undefined where none has one. */
  usersPath: string | undefined;
  layout: BootLayout;
}

/**
 * The text of the index: settings, then entries and submenus in their order. Pure.
 *
 * @throws GenctlError GRUB_SYNTAX
 */
export function renderIndex(sources: IndexSources): string {
  const { order, menuSettings, surroundings, superusers, usersPath, layout } = sources;
  const { place, settings } = surroundings;
  const { serial, terminalInput, terminalOutput, gfxmode, gfxpayload } = settings;
  const isWritable = place.boot.unwritable === undefined;
  const below = (id: string): string => belowFolder(entryPath(id, layout), layout);
  const own = (option: 'extraConfig' | 'extraEntriesBefore' | 'extraEntries'): string =>
    ownText(settings[option], `boot.loader.grub.${option}`);
  return render({
    access: settings.unrestricted || settings.users.length === 0 ? '--unrestricted' : '',
    superusers,
    users: usersPath && belowFolder(usersPath, layout),
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
    extraConfig: own('extraConfig'),
    isWritable,
    ownEntry: `(^|>)(${layout.entryPrefix}[0-9a-f-]+)$`,
    savesChoice: isWritable && settings.default === 'saved',
    extraEntriesBefore: own('extraEntriesBefore'),
    top: order.top.map(({ id }) => below(id)),
    submenus: order.submenus.map(({ id, title, entries, standing }) => ({
      id,
      title,
      paths: [...entries.map(entry => entry.id), ...standing].map(below),
    })),
    others: surroundings.others.map(renderOtherSystem).join(''),
    extraEntries: own('extraEntries'),
  });
}

function renderOtherSystem(system: OtherSystem): string {
  const { sha256 } = digestOfText(JSON.stringify(system));
  return renderOther({ id: `other-${sha256.slice(0, 12)}`, system });
}

/** With a slash before. */
function belowFolder(path: string, { grub }: BootLayout): string {
  return path.slice(grub.folder.length);
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
