import { type Finding, findingOf, GenctlError } from '../../errors.ts';
import type { Profile } from '../../generations/generation.ts';
import { readLoaderVariable } from '../../host/efi-variables.ts';
import type { Root } from '../../host/root.ts';
import { readJournal } from '../../transaction/journal.ts';
import { pendingConfirmation } from './await-confirmation.ts';
import { findingsOf, type Systems } from './read-machine.ts';

/** What is wrong with the generations and with what is remembered of them. */
export function stateFindings(root: Root, { profiles }: Systems): Finding[] {
  return [
    ...findingsOf(profiles).map(withHint),
    ...profiles.flatMap(danglingFindings),
    ...journalFindings(root),
    ...overrideFindings(readLoaderVariable(root, 'LoaderEntryDefault')),
  ];
}

function withHint(finding: Finding): Finding {
  return {
    hint: 'If it is not wanted: genctl gc --delete GEN. Else mend what is missing, and it can boot again.',
    ...finding,
  };
}

function danglingFindings({ name, currentNumber, generations }: Profile): Finding[] {
  if (currentNumber === undefined || generations.some(({ number }) => number === currentNumber)) {
    return [];
  }
  return [
    {
      code: 'CURRENT_MISSING',
      subject: `profile ${name}`,
      reason: `it points to generation ${currentNumber}, which is not there`,
      hint: 'Choose one from `genctl list`: genctl switch GEN',
    },
  ];
}

function journalFindings(root: Root): Finding[] {
  let verb: string | undefined;
  try {
    verb = readJournal(root)?.plan.verb;
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return [findingOf(thrown, 'journal')];
  }
  if (verb === undefined) return [];
  const pending = pendingConfirmation(root);
  if (pending !== undefined) {
    return [
      {
        code: 'CONFIRMATION_PENDING',
        subject: `genctl ${verb}`,
        reason: `it is undone in ${pending.secondsLeft} s, unless it is confirmed`,
        hint: 'To keep what it has done: genctl confirm',
      },
    ];
  }
  return [
    {
      code: 'INTERRUPTED_CHANGE',
      subject: 'journal',
      reason: `\`genctl ${verb}\` was interrupted`,
      hint: 'Run `genctl recover`; any verb that changes something does so first.',
    },
  ];
}

function overrideFindings(overridingDefault: string | undefined): Finding[] {
  if (overridingDefault === undefined) return [];
  return [
    {
      code: 'DEFAULT_OVERRIDDEN',
      subject: 'EFI variable LoaderEntryDefault',
      reason: `it makes the firmware boot ${overridingDefault}, whatever the menu's default is`,
      hint: 'The next `genctl switch` clears it.',
    },
  ];
}
