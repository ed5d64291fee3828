// What the tests of machines under GRUB expect of an installation, and read from menus.
import * as assert from 'uvu/assert';
import { valuesIn } from '../facts.ts';
import type { DrawnMenu } from '../menu.ts';

/** Fails where a switch in the machine has, where its menu has findings, or where more is to do. */
export function assertInstalled(hook: string, generations: number): void {
  const said = valuesIn(hook);
  const about = `the machine said:\n${hook}`;
  for (let number = 1; number <= generations; number += 1) {
    assert.is(said.get(`switch-${number}`), '0', about);
  }
  assert.equal(JSON.parse(said.get('verified') ?? '{}').findings, [], about);
  assert.is(JSON.parse(said.get('again') ?? '{}').changed, false, about);
}

/** The numbers of generations in titles, from top to bottom. */
export function generationsIn(titles: readonly string[]): readonly string[] {
  return titles.flatMap(title => /generation (\d+)/.exec(title)?.[1] ?? []);
}

/** Of the title that a menu has chosen. */
export function generationIn(menu: DrawnMenu | undefined): string | undefined {
  return generationsIn([menu?.titles[menu.chosen] ?? ''])[0];
}
