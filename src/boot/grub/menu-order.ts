import { digestOfText } from '../../transaction/lower.ts';
import { type Menu, sameKey } from '../menu.ts';
import type { RenderedEntry } from './render-entry.ts';

/** The profile whose newest generation is on top, and which has the submenu of all. */
const mainProfile = 'system';

const submenuOfAll = 'all';

/** Where entries stand in GRUB's menu. */
export interface MenuOrder {
  /** The newest generation, its specialisations. */
  top: readonly RenderedEntry[];
  submenus: readonly Submenu[];
  /** The identifiers that lead to the default, as GRUB wants them: `all>ID`. */
  default: string | undefined;
}

/** All entries of one profile. */
export interface Submenu {
  id: string;
  title: string;
  /** Newest first. */
  entries: readonly RenderedEntry[];
  /** Those behind them that stay as they are, by their identifiers. */
  standing: readonly string[];
}

/** Puts entries into GRUB's menu and its submenus. Pure. */
export function orderMenu(
  entries: readonly RenderedEntry[],
  wanted: Menu['default'],
  standing: readonly string[],
): MenuOrder {
  const ofProfile = (name: string): RenderedEntry[] =>
    entries.filter(({ entry }) => entry.key.profile === name);
  const profiles = new Set(entries.map(({ entry }) => entry.key.profile));
  const main = ofProfile(mainProfile);
  const newest = main[0]?.entry.key.number;
  const top = main.filter(({ entry }) => entry.key.number === newest);
  const submenus: Submenu[] = [
    { id: submenuOfAll, title: 'All configurations', entries: main, standing },
    ...[...profiles]
      .filter(profile => profile !== mainProfile)
      .map(profile => ({
        id: `profile-${idOf(profile)}`,
        title: `Profile ${profile}`,
        entries: ofProfile(profile),
        standing: [],
      })),
  ].filter(submenu => submenu.entries.length + submenu.standing.length > 0);
  return { top, submenus, default: pathOf(wanted, top, submenus) };
}

/** A `>` in an identifier would lead into a submenu, and the sector has room for a short one. */
function idOf(profile: string): string {
  return /^[\w.-]{1,24}$/.test(profile) ? profile : digestOfText(profile).sha256.slice(0, 12);
}

function pathOf(
  wanted: Menu['default'],
  top: readonly RenderedEntry[],
  submenus: readonly Submenu[],
): string | undefined {
  if (wanted === undefined) return undefined;
  const isWanted = ({ entry, id }: RenderedEntry): boolean =>
    'standing' in wanted ? id === wanted.standing : sameKey(entry.key, wanted);
  const onTop = top.find(isWanted);
  if (onTop !== undefined) return onTop.id;
  for (const submenu of submenus) {
    const found = submenu.entries.find(isWanted)?.id ?? submenu.standing.find(isStanding(wanted));
    if (found !== undefined) return `${submenu.id}>${found}`;
  }
  return 'standing' in wanted ? wanted.standing : undefined;
}

function isStanding(wanted: NonNullable<Menu['default']>): (id: string) => boolean {
  return id => 'standing' in wanted && id === wanted.standing;
}
