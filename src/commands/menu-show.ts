import { layoutOf } from '../boot/layout.ts';
import { openTargets } from '../boot/open-targets.ts';
import { type MenuLine, readMenuLines } from '../boot/systemd-boot/read-menu.ts';
import { exitCodes } from '../errors.ts';
import { lookAtState } from '../generations/state.ts';
import { writeResult } from '../host/terminal.ts';
import { colours } from '../output/colours.ts';
import { reportFinding } from '../output/report-error.ts';
import { formatTable } from '../output/table.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import type { Command } from './context.ts';
import { settingsInForce } from './machine/boot-settings.ts';

/** `genctl menu show`: the boot menu as the firmware will show it, foreign entries too. */
export const menuShow: Command<object> = async ({ root, config, json }) => {
  const { state } = lookAtState(root);
  const settings = await settingsInForce(root, config, state);
  using open = openTargets(root, settings.places);
  for (const finding of open.setAside) reportFinding(finding);
  const layout = layoutOf(state.owner);
  const [target] = open.usable;
  if (target === undefined) throw new Error('a machine has no boot partition');
  const tops = { esp: target.esp.top, boot: target.boot.top };
  const lines = readMenuLines(tops, layout);
  if (json) {
    const isOurs = (line: MenuLine): boolean => line.id.startsWith(layout.entryPrefix);
    const entries = lines.map(line => ({ ...line, ours: isOurs(line) }));
    writeJson({ entries });
    return exitCodes.done;
  }
  if (lines.length === 0) writeResult('the menu has no entries\n');
  else {
    const rows = lines.map(line => [
      line.isDefault ? colours.green('*') : ' ',
      printableLine(line.title === '' ? line.id : line.title),
      printableLine(line.id),
    ]);
    writeResult(formatTable([' ', 'TITLE', 'ENTRY'], rows));
  }
  return exitCodes.done;
};
