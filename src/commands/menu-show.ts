import { onceIdOf, oneShotVariable } from '../boot/boot-once.ts';
import { sectorPartition } from '../boot/boot-target.ts';
import { environmentBytes } from '../boot/grub/environment-block.ts';
import { type BootLayout, layoutOf } from '../boot/layout.ts';
import { readLinesOf } from '../boot/loaders.ts';
import type { MenuLine } from '../boot/menu-line.ts';
import { openTargets } from '../boot/open-targets.ts';
import { openBelow } from '../boot/read-boot-partition.ts';
import { exitCodes } from '../errors.ts';
import { lookAtState } from '../generations/state.ts';
import { readLoaderVariable } from '../host/efi-variables.ts';
import type { Folder } from '../host/folder.ts';
import { writeResult } from '../host/terminal.ts';
import { colours } from '../output/colours.ts';
import { reportFinding } from '../output/report-error.ts';
import { formatTable } from '../output/table.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import type { Command } from './context.ts';
import { settingsInForce } from './machine/boot-settings.ts';

/** `genctl menu show`: the boot menu as its loader will show it, foreign entries too. */
export const menuShow: Command<object> = async ({ root, config, json }) => {
  const { state } = lookAtState(root);
  const settings = await settingsInForce(root, config, state);
  using open = openTargets(root, settings.places);
  for (const finding of open.setAside) reportFinding(finding);
  const layout = layoutOf(state.owner);
  const menus = (open.usable[0]?.places ?? []).map((place, index) => {
    const tops = { sector: sectorPartition(place).top, boot: place.boot.top };
    const lines = readLinesOf(place.loader, tops, layout);
    const onceId = onceIdOf(place.loader, {
      environment: environmentOn(place.boot.top, layout),
      oneShot: readLoaderVariable(root, oneShotVariable),
    });
    const marked = lines.map(line => ({ ...line, isNextOnce: index === 0 && line.id === onceId }));
    return { loader: place.loader, lines: marked };
  });
  if (json) {
    const isOurs = ({ id }: MenuLine): boolean => id.startsWith(layout.entryPrefix);
    const entries = menus.flatMap(({ loader, lines }) =>
      lines.map(line => ({ ...line, ours: isOurs(line), loader })),
    );
    writeJson({ entries });
    return exitCodes.done;
  }
  const tables = menus.map(({ loader, lines }) =>
    menus.length === 1 ? tableOf(lines) : `${loader}:\n${tableOf(lines)}`,
  );
  writeResult(tables.join('\n'));
  return exitCodes.done;
};

function environmentOn(top: Folder, { grub }: BootLayout): string | undefined {
  using folder = openBelow(top, grub.folder);
  const name = grub.environment.slice(grub.folder.length + 1);
  return folder?.stat(name)?.sizeBytes === environmentBytes
    ? folder.readTextIfThere(name)
    : undefined;
}

function tableOf(lines: readonly (MenuLine & { isNextOnce: boolean })[]): string {
  if (lines.length === 0) return 'the menu has no entries\n';
  const rows = lines.map(line => [
    line.isNextOnce ? colours.yellow('1') : line.isDefault ? colours.green('*') : ' ',
    printableLine(line.title === '' ? line.id : line.title),
    printableLine(line.id),
  ]);
  return formatTable([' ', 'TITLE', 'ENTRY'], rows);
}
