import usersSource from '../../../templates/grub/users.cfg.eta';
import { grubWord, template } from '../../template.ts';
import { digestOfText } from '../../transaction/lower.ts';
import { copiedBlobs } from '../copied-blobs.ts';
import { type BootLayout, menuPath } from '../layout.ts';
import type { Menu } from '../menu.ts';
import type { WantedFile, WantedFiles } from '../wanted.ts';
import { fallbacksOf } from './fallbacks.ts';
import { orderMenu } from './menu-order.ts';
import { linesOfMenu } from './own-text.ts';
import { entryPath, renderEntry } from './render-entry.ts';
import { renderIndex } from './render-index.ts';
import { renderSector } from './render-sector.ts';
import { type Superusers, superusersOf } from './superusers.ts';
import type { GrubSurroundings } from './surroundings.ts';

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
  const text = renderIndex({
    order,
    menuSettings: menu.settings,
    surroundings,
    superusers,
    usersPath: users?.path,
    layout,
  });
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

const renderUsers = template<Pick<Superusers, 'passwords'>>(usersSource, grubWord);

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
