import { digestOfText } from '../../transaction/lower.ts';
import { blobsOf, copiedBlobs, copyPath } from '../copied-blobs.ts';
import type { BootLayout } from '../layout.ts';
import { type Blob, type Menu, type MenuEntry, sameKey } from '../menu.ts';
import type { WantedFile, WantedFiles } from '../wanted.ts';
import { renderBootEntry } from './boot-entry.ts';
import { renderLoaderConf } from './loader-conf.ts';

/** The files by which systemd-boot shows a menu. Pure. */
export function renderMenu(menu: Menu, layout: BootLayout): WantedFiles {
  const entries = menu.entries.map(entry => ({ entry, file: renderEntry(entry, layout) }));
  return {
    files: [...copiedBlobs(menu.entries, layout), ...entries.map(({ file }) => file)],
    defaultSector: {
      path: layout.systemdBoot.sector,
      text: renderLoaderConf({
        ...menu.settings,
        default: defaultNameOf(menu, entries, layout),
      }),
    },
  };
}

/** What `loader.conf` calls the default: the name of its file, or what it is called already. */
function defaultNameOf(
  { default: wanted }: Menu,
  entries: readonly { entry: MenuEntry; file: WantedFile }[],
  layout: BootLayout,
): string | undefined {
  if (wanted === undefined) return undefined;
  if ('standing' in wanted) return wanted.standing;
  const file = entries.find(({ entry }) => sameKey(entry.key, wanted))?.file;
  return file?.path.slice(layout.systemdBoot.entryFolder.length + 1);
}

function renderEntry(entry: MenuEntry, layout: BootLayout): WantedFile {
  const { linux, initrds, devicetree } = entry;
  const path = (blob: Blob): string => `/${copyPath(layout, blob)}`;
  const text = renderBootEntry({
    title: entry.title,
    sortKey: entry.sortKey,
    version: entry.version,
    machineId: entry.machineId,
    linux: path(linux),
    initrds: initrds.map(path),
    devicetree: devicetree && path(devicetree),
    options: entry.options.join(' '),
  });
  const digest = digestOfText(text);
  // The content is part of the name: FAT cannot replace a file, so a changed entry is a new one.
  const name = `${layout.entryPrefix}${entry.key.number}-${digest.sha256.slice(0, 12)}.conf`;
  return {
    kind: 'entry',
    path: `${layout.systemdBoot.entryFolder}/${name}`,
    ...digest,
    content: { text },
    key: entry.key,
    uses: [...new Set(blobsOf(entry).map(blob => copyPath(layout, blob)))],
  };
}
