import { quote } from '../hostile-text.ts';
import { type MergedOptions, slotName } from '../merge-definitions.ts';
import { formatPlace, type Origin, type Problem, problemOf } from '../problem.ts';
import type { Named } from '../recognise-file.ts';
import { Refusal } from '../refusal.ts';

const userSection = 'boot.loader.grub.users';

/** What is wrong with GRUB's users and terminals, taken together. */
export function grubSettingProblems(merged: MergedOptions, named: readonly Named[]): Problem[] {
  return [...userProblems(merged, named), ...terminalProblems(merged)];
}

/** A user without a password could not log in, and one with two has one too many. */
function userProblems(merged: MergedOptions, named: readonly Named[]): Problem[] {
  const headers = new Map<string, Origin>();
  for (const { section, subject, origin } of named) {
    if (section === userSection && !headers.has(subject)) headers.set(subject, origin);
  }
  return [...headers].flatMap(([name, header]) => {
    const inline = merged.get(slotName(userSection, 'hashedPassword', name))?.origins[0];
    const file = merged.get(slotName(userSection, 'hashedPasswordFile', name))?.origins[0];
    if (inline === undefined && file === undefined) {
      return [problemOf('DECLARATION_CONFLICT', header, refuseNoPassword(name))];
    }
    if (inline === undefined || file === undefined) return [];
    const refusal = new Refusal(
      `hashedPassword is given too, in ${formatPlace(inline)}`,
      'Keep one of the two.',
    );
    return [problemOf('DECLARATION_CONFLICT', file, refusal)];
  });
}

function refuseNoPassword(name: string): Refusal {
  return new Refusal(
    `the user ${quote(name)} has no password`,
    'Give hashedPassword or hashedPasswordFile; `grub-mkpasswd-pbkdf2` makes the hash.',
  );
}

function terminalProblems(merged: MergedOptions): Problem[] {
  const hasPort = merged.has(slotName('boot.loader.grub', 'serial', undefined));
  return (['terminalInput', 'terminalOutput'] as const).flatMap(key => {
    const terminals = merged.get(slotName('boot.loader.grub', key, undefined));
    const problems: Problem[] = [];
    for (const [index, terminal] of (terminals?.values ?? []).entries()) {
      const origin = terminals?.origins[index];
      const earlier = terminals?.values.indexOf(terminal) ?? index;
      const before = terminals?.origins[earlier];
      if (origin === undefined) continue;
      if (earlier < index && before !== undefined) {
        const refusal = refuseTwice(String(terminal), before);
        problems.push(problemOf('DECLARATION_CONFLICT', origin, refusal));
      } else if (terminal === 'serial' && !hasPort) {
        problems.push(problemOf('DECLARATION_CONFLICT', origin, refuseNoPort()));
      }
    }
    return problems;
  });
}

function refuseTwice(terminal: string, before: Origin): Refusal {
  return new Refusal(
    `${quote(terminal)} is a value of it already, in ${formatPlace(before)}`,
    'Remove one of the two lines.',
  );
}

function refuseNoPort(): Refusal {
  return new Refusal(
    'no serial port is set up',
    'Write for example `serial = --unit=0 --speed=115200` in [boot.loader.grub].',
  );
}
