// Drives the firmware's boot menu as a person does: looks at the screen, presses keys.
import type { Machine } from './machine.ts';

/** The menu as it is drawn, from top to bottom. */
export interface DrawnMenu {
  readonly titles: readonly string[];
  /** Index of the chosen title. */
  readonly chosen: number;
}

const keys = { up: '\x1b[A', down: '\x1b[B', enter: '\r' } as const;
export type MenuKey = keyof typeof keys;

const patience = { firmwareSeconds: 240, keySeconds: 3, answerSeconds: 30, quietMilliseconds: 500 };

/** Waits for the menu, with its countdown, and reads it. It must fit on the screen. */
export function readMenu(machine: Machine): Promise<DrawnMenu> {
  return machine.waitFor('boot menu', patience.firmwareSeconds, () => {
    // The countdown is drawn last. Silence says nothing: a busy host may pause within a menu.
    const isComplete = machine.screen.rows().some(row => /\bBoot\b.*\b\d+ s/.test(row.text));
    return isComplete ? parseMenu(machine) : undefined;
  });
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
  const press = (key: MenuKey): void => {
    onKey(key);
    machine.press(keys[key]);
  };
  const first = await readMenu(machine);
  const [target, ...others] = [...first.titles.keys()].filter(index =>
    wanted.test(first.titles[index] ?? ''),
  );
  if (target === undefined || others.length > 0) {
    const count = target === undefined ? 'no entry' : 'more than one entry';
    throw new Error(`${count} like ${wanted} in the menu:\n${first.titles.join('\n')}`);
  }
  // Not by counting: a key that came too early is lost, so each is pressed after looking again.
  for (let menu = first; menu.chosen !== target; ) {
    press(menu.chosen < target ? 'down' : 'up');
    menu = await nextMenu(machine, menu.chosen);
  }
  press('enter');
  return first;
}

/** The menu after a key, or, where the key was lost, still as before. */
async function nextMenu(machine: Machine, before: number): Promise<DrawnMenu> {
  const lost = Date.now() + patience.keySeconds * 1000;
  return machine.waitFor('answer to a key', patience.answerSeconds, () => {
    const drawn = parseMenu(machine);
    if (drawn === undefined || machine.quietFor() < patience.quietMilliseconds) return undefined;
    return drawn.chosen !== before || Date.now() > lost ? drawn : undefined;
  });
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
