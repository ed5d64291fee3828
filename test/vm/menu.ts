// Drives the firmware's boot menu as a person does: looks at the screen, presses keys.
import { hangSeconds, type Machine } from './machine.ts';

/** The menu as it is drawn, from top to bottom. */
export interface DrawnMenu {
  readonly titles: readonly string[];
  /** Index of the chosen title. */
  readonly chosen: number;
}

/**
 * A byte each. The arrows are three, which do not come at once: the firmware takes them apart where
 * it is busy in between.
 */
const keys = { up: 'k', down: 'j', enter: '\r' } as const;
export type MenuKey = keyof typeof keys;

/** Waits for the menu, with its countdown, and reads it. It must fit on the screen. */
export function readMenu(machine: Machine): Promise<DrawnMenu> {
  return machine.waitFor('boot menu', hangSeconds, () => {
    // The countdown is drawn last. Silence says nothing: a busy host may pause within a menu.
    const isComplete = machine.screen.rows().some(row => /\bBoot\b.*\b\d+ s/.test(row.text));
    return isComplete ? parseMenu(machine) : undefined;
  });
}

/** Waits for the menu, reads it, and enters what it has chosen. */
export async function enterChosen(machine: Machine): Promise<DrawnMenu> {
  const menu = await readMenu(machine);
  await enter(machine);
  return menu;
}

/**
 * Moves to the title that matches and enters it, telling `onKey` each key before it is pressed.
 * Returns the menu as it was first seen. Throws when no title or more than one matches.
 */
export async function pickEntry(
  machine: Machine,
  wanted: RegExp,
  onKey: (key: MenuKey) => void = () => undefined,
): Promise<DrawnMenu> {
  const first = await readMenu(machine);
  const [target, ...others] = [...first.titles.keys()].filter(index =>
    wanted.test(first.titles[index] ?? ''),
  );
  if (target === undefined || others.length > 0) {
    const count = target === undefined ? 'no entry' : 'more than one entry';
    throw new Error(`${count} like ${wanted} in the menu:\n${first.titles.join('\n')}`);
  }
  for (let { chosen } = first; chosen !== target; ) {
    const before = chosen;
    const key = before < target ? 'down' : 'up';
    onKey(key);
    chosen = await machine.pressUntil(keys[key], `answer to the key ${key}`, () => {
      const now = parseMenu(machine)?.chosen;
      return now === before ? undefined : now;
    });
  }
  onKey('enter');
  await enter(machine);
  return first;
}

async function enter(machine: Machine): Promise<void> {
  const isGone = (): true | undefined => (parseMenu(machine) === undefined ? true : undefined);
  await machine.pressUntil(keys.enter, 'end of the menu', isGone);
}

/** The rows around the highlighted one, up and down to the next that is no entry. */
function parseMenu(machine: Machine): DrawnMenu | undefined {
  const rows = machine.screen.rows();
  const chosenRow = rows.findIndex(row => row.highlighted);
  if (chosenRow === -1) return undefined;
  const isEntry = (index: number): boolean => /[\p{L}\p{N}]/u.test(rows[index]?.text ?? '');
  let start = chosenRow;
  let end = chosenRow + 1;
  // Blank rows stand around the menu; below it may be a rule of line characters, then the countdown.
  while (isEntry(start - 1)) start -= 1;
  while (isEntry(end)) end += 1;
  const titles = rows.slice(start, end).map(row => row.text.trim());
  return { titles, chosen: chosenRow - start };
}
