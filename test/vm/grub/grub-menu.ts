// Drives GRUB's menu as a person does: looks at the screen, presses keys. It draws by itself on a
// serial port (a frame of ASCII), or on the console of UEFI firmware (a frame of code page 437, which
// is no text in UTF-8).
import type { Machine } from '../machine.ts';
import type { DrawnMenu } from '../menu.ts';

const keys = { up: '\x1b[A', down: '\x1b[B', enter: '\r' } as const;

const patience = {
  firmwareSeconds: 240,
  menuSeconds: 60,
  keySeconds: 3,
  answerSeconds: 30,
  quietMilliseconds: 400,
};

/**
 * Waits for a menu and reads it. It must fit on the screen. A menu without a countdown is whole
 * when nothing more has been drawn for a while.
 */
export function readGrubMenu(machine: Machine): Promise<DrawnMenu> {
  return machine.waitFor('menu of GRUB', patience.firmwareSeconds, () => parseMenu(machine));
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
    machine.press(keys.enter);
    if (depth === path.length - 1) break;
    const above = menu.titles.join('\n');
    menu = await machine.waitFor(`submenu ${wanted}`, patience.menuSeconds, () => {
      const drawn = parseMenu(machine);
      return drawn !== undefined && drawn.titles.join('\n') !== above ? drawn : undefined;
    });
  }
  return menus;
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
    await machine.waitFor(question, patience.menuSeconds, () => lineWith(machine, question));
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
  // Not by counting: a key that came too early is lost, so each is pressed after looking again.
  for (let menu = first; menu.chosen !== target; ) {
    machine.press(menu.chosen < target ? keys.down : keys.up);
    menu = await nextMenu(machine, menu.chosen);
  }
}

/** The menu after a key, or, where the key was lost, still as before. */
async function nextMenu(machine: Machine, before: number): Promise<DrawnMenu> {
  const lost = Date.now() + patience.keySeconds * 1000;
  return machine.waitFor('answer to a key', patience.answerSeconds, () => {
    const drawn = parseMenu(machine);
    if (drawn === undefined) return undefined;
    return drawn.chosen !== before || Date.now() > lost ? drawn : undefined;
  });
}

/** The titles between two rules; a star stands before the chosen one. Undefined where it is not whole. */
function parseMenu(machine: Machine): DrawnMenu | undefined {
  const rows = machine.screen.rows().map(row => row.text.trim());
  const isRule = (row: string): boolean => /^\S([-\uFFFD])\1{20,}\S*$/.test(row);
  const top = rows.findIndex(isRule);
  const bottom = rows.findLastIndex(isRule);
  // Drawn behind the titles, a second for the other.
  const isCountingDown = rows.some(row => /automatically in \d+s/.test(row));
  if (bottom <= top || (!isCountingDown && machine.quietFor() < patience.quietMilliseconds)) {
    return undefined;
  }
  const cells = rows
    .slice(top + 1, bottom)
    .flatMap(row => /^[|\uFFFD]([ *])(.*?)\s*[|\uFFFD^v]?$/.exec(row)?.slice(1, 3) ?? []);
  const marks = cells.filter((_, index) => index % 2 === 0);
  const titles = cells.filter((_, index) => index % 2 === 1);
  const chosen = marks.indexOf('*');
  const length = titles.findLastIndex(title => title !== '') + 1;
  return chosen === -1 ? undefined : { titles: titles.slice(0, length), chosen };
}
