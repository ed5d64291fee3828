import { blobsOf } from '../copied-blobs.ts';
import type { MenuOrder } from './menu-order.ts';
import type { RenderedEntry } from './render-entry.ts';

/**
 * What GRUB boots in place of an entry whose kernel cannot be loaded: another whole entry. GRUB
 * 2.06 counts the lines of a menu for that, from 0, and takes only lines of the menu that it is in;
 * so what is on top falls back to the submenu of all, and the rest happens within that.
 */
export interface Fallbacks {
  /** In place of the default, and of an entry that was to boot once; undefined where there is none. */
  top: string | undefined;
  once: string | undefined;
  /** In the submenu of all, where it is entered without a choice. */
  all: { first: string; fallback: string; once: string } | undefined;
}

/** One after the other, each waits some seconds. */
const most = 3;

/**
 * @param linesBefore how many lines the menu has before the first entry; undefined where that
 *   cannot be told, as it is the user's own text that makes them
 */
export function fallbacksOf(order: MenuOrder, linesBefore: number | undefined): Fallbacks {
  const { top, submenus } = order;
  const all = submenus.find(({ id }) => id === 'all')?.entries ?? [];
  const wanted = order.default?.split('>').at(-1);
  const position = all.findIndex(({ id }) => id === wanted);
  const topLine = top.findIndex(({ id }) => id === order.default);
  const others = inPlaceOf(position, all);
  const lines = (entries: readonly RenderedEntry[]): string =>
    entries.map(entry => all.indexOf(entry)).join(' ');

  const declared = topLine === -1 ? all[position] : undefined;
  const [first, ...rest] = declared === undefined ? others : [declared, ...others];
  const line = (offset: number): string[] =>
    linesBefore === undefined ? [] : [String(linesBefore + offset)];
  const ofAll = first === undefined ? [] : line(top.length);
  const ofDefault = topLine === -1 ? [] : line(topLine);
  return {
    top: (declared === undefined && ofAll[0]) || undefined,
    once: [...ofDefault, ...ofAll].join(' ') || undefined,
    all: first && {
      first: first.id,
      fallback: lines(rest),
      // What was to boot once falls back to the default: here, or above.
      once: declared === undefined ? '' : lines([declared, ...rest]),
    },
  };
}

/** Older generations first, then newer ones; none that has the files which could not be read. */
function inPlaceOf(position: number, all: readonly RenderedEntry[]): RenderedEntry[] {
  const filesOf = ({ entry }: RenderedEntry): string =>
    blobsOf(entry)
      .map(({ source }) => source)
      .join(' ');
  const failed = all[position];
  return [...all.slice(position + 1), ...all.slice(0, Math.max(0, position))]
    .filter(({ entry }) => entry.key.specialisation === undefined)
    .filter(other => failed === undefined || filesOf(other) !== filesOf(failed))
    .slice(0, most);
}
