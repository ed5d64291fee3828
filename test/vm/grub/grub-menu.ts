// Drives GRUB's menu as a person does: looks at the screen, presses keys. It draws by itself on a
// serial port (a frame of ASCII), or on the console of UEFI firmware (a frame of code page 437, which
// is no text in UTF-8).
import { hangSeconds, type Machine } from '../machine.ts';
import type { DrawnMenu } from '../menu.ts';

/**
 * A byte each. The arrows are three, which a port does not bring at once: where they are a tenth of a
 * second apart, GRUB takes the first one for the key Esc, which leaves a submenu.
 */
const keys = { up: '^', down: 'v', enter: '\r' } as const;

/** What is drawn in one go takes less, unless somebody else is in the way just then. */
const quietMilliseconds = 1000;

/** Waits for a menu and reads it. It must fit on the screen. */
export function readGrubMenu(machine: Machine): Promise<DrawnMenu> {
  return machine.waitFor('menu of GRUB', hangSeconds, () => parseWholeMenu(machine));
}

/** Waits for the menu, reads it, and enters what it has chosen. */
export async function enterGrubChosen(machine: Machine): Promise<DrawnMenu> {
  const menu = await readGrubMenu(machine);
  await enter(machine);
  return menu;
}

/**
 * Picks an entry by keys: each pattern but the last one names a submenu, which is entered.
 * Returns the menu as it was first seen. Throws where no title or more than one matches.
 */
export async function pickGrubEntry(
  machine: Machine,
  path: readonly RegExp[],
): Promise<readonly DrawnMenu[]> {
  const menus: DrawnMenu[] = [];
  let menu = await readGrubMenu(machine);
  for (const [depth, wanted] of path.entries()) {
    menus.push(menu);
    await choose(machine, menu, wanted);
    if (depth === path.length - 1) break;
    const above = menu.titles.join('\n');
    menu = await machine.pressUntil(keys.enter, `submenu ${wanted}`, () => {
      const drawn = parseWholeMenu(machine);
      return drawn !== undefined && drawn.titles.join('\n') !== above ? drawn : undefined;
    });
  }
  await enter(machine);
  return menus;
}

async function enter(machine: Machine): Promise<void> {
  const isGone = (): true | undefined => (parseMenu(machine) === undefined ? true : undefined);
  await machine.pressUntil(keys.enter, 'end of the menu', isGone);
}

/**
 * Answers GRUB's questions for a name and a password, which it asks before a protected entry. Where
 * it refuses them it shows its menu again; why is on the screen for an instant only.
 */
export async function logIn(machine: Machine, name: string, password: string): Promise<void> {
  for (const [question, answer] of [
    ['Enter username:', name],
    ['Enter password:', password],
  ] as const) {
    await machine.waitFor(question, hangSeconds, () => lineWith(machine, question));
    machine.press(`${answer}\r`);
  }
}

function lineWith(machine: Machine, text: string): string | undefined {
  return machine.screen
    .rows()
    .map(row => row.text)
    .find(row => row.includes(text));
}

async function choose(machine: Machine, first: DrawnMenu, wanted: RegExp): Promise<void> {
  const [target, ...others] = [...first.titles.keys()].filter(index =>
    wanted.test(first.titles[index] ?? ''),
  );
  if (target === undefined || others.length > 0) {
    const count = target === undefined ? 'no entry' : 'more than one entry';
    throw new Error(`${count} like ${wanted} in the menu:\n${first.titles.join('\n')}`);
  }
  for (let { chosen } = first; chosen !== target; ) {
    const before = chosen;
    const key = before < target ? keys.down : keys.up;
    chosen = await machine.pressUntil(key, 'answer to a key', () => {
      const now = parseMenu(machine)?.chosen;
      return now === before ? undefined : now;
    });
  }
}

/**
 * The menu once all of it is drawn: the countdown comes behind it, a second for the other. Without
 * one, the cursor goes back to the chosen title, and nothing more happens.
 */
function parseWholeMenu(machine: Machine): DrawnMenu | undefined {
  const drawn = parseMenu(machine);
  if (drawn === undefined) return undefined;
  const rows = machine.screen.rows();
  if (rows.some(row => /automatically in \d+s/.test(row.text))) return drawn;
  const atCursor = rows[machine.screen.cursorRow()]?.text ?? '';
  const isAtChosen = atCursor.trim().slice(1).startsWith('*');
  return isAtChosen && machine.quietFor() >= quietMilliseconds ? drawn : undefined;
}

/** The titles between two rules as far as they are drawn; a star stands before the chosen one. */
function parseMenu(machine: Machine): DrawnMenu | undefined {
  const rows = machine.screen.rows().map(row => row.text.trim());
  const isRule = (row: string): boolean => /^\S([-\uFFFD])\1{20,}\S*$/.test(row);
  const top = rows.findIndex(isRule);
  const bottom = rows.findLastIndex(isRule);
  if (bottom <= top) return undefined;
  const cells = rows
    .slice(top + 1, bottom)
    .flatMap(row => /^[|\uFFFD]([ *])(.*?)\s*[|\uFFFD^v]?$/.exec(row)?.slice(1, 3) ?? []);
  const marks = cells.filter((_, index) => index % 2 === 0);
  const titles = cells.filter((_, index) => index % 2 === 1);
  const chosen = marks.indexOf('*');
  const length = titles.findLastIndex(title => title !== '') + 1;
  return chosen === -1 ? undefined : { titles: titles.slice(0, length), chosen };
}
