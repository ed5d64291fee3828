import { parseLedger } from '../boot/ledger.ts';
import { openTargets } from '../boot/open-targets.ts';
import type { Finding } from '../errors.ts';
import { printableLine } from '../printable.ts';
import type { Step } from '../transaction/step.ts';
import type { Command } from './context.ts';
import { changeMachine, ofMenu } from './machine/change-machine.ts';
import { inspectBoot, type PlacedFile } from './machine/inspect-boot.ts';
import { menuToKeep, planMenu } from './machine/plan-menu.ts';

/**
 * `genctl menu repair`: what `menu verify` finds is written anew from the store, and all else is
 * brought up to date as `menu sync` does it. What cannot be written anew is named.
 */
export const menuRepair: Command<object> = async context =>
  changeMachine(context, {
    name: 'menu repair',
    intend: () => ({
      plan: machine => {
        const { root } = context;
        using open = openTargets(root, machine.settings.places);
        const inspection = inspectBoot(root, machine, open);
        const seen = { ...machine, targets: inspection.targets };
        const plan = planMenu(root, seen, menuToKeep(seen, seen.profiles));
        const steps = [...plan.parts.prepare, ...plan.parts.commit, ...plan.parts.cleanup];
        const { damaged } = inspection;
        const left = damaged.filter(
          file => !steps.some(step => isAbout(step, file)) && !isForgotten(steps, file),
        );
        const mended = damaged.length - left.length;
        return {
          ...ofMenu(plan),
          setAside: [...plan.setAside, ...left.map(unmended)],
          preview: { json: {}, text: inspection.findings.map(sayFound).join('') },
          result: {
            json: {
              damagedCount: damaged.length,
              mendedCount: mended,
              findings: left.map(unmended),
            },
            text:
              damaged.length === 0
                ? 'nothing is damaged\n'
                : `${mended} of ${damaged.length} damaged files are mended\n`,
          },
        };
      },
    }),
  });

function isAbout(step: Step, { volume, path }: PlacedFile): boolean {
  return 'volume' in step && 'path' in step && step.volume === volume && step.path === path;
}

/** Whether a file is ours no more: nothing needs it, and it may be gone already. */
function isForgotten(steps: readonly Step[], { volume, path }: PlacedFile): boolean {
  const ledgers = steps.flatMap(step =>
    step.kind === 'write-ledger' && step.volume === volume ? [parseLedger(step.after)] : [],
  );
  return ledgers.at(-1)?.files.every(file => file.path !== path) ?? false;
}

function sayFound({ subject, reason }: Finding): string {
  return `${printableLine(`${subject}: ${reason}`)}\n`;
}

function unmended({ hostPath, isProgram }: PlacedFile): Finding {
  return {
    code: 'BOOT_FILE_UNMENDED',
    subject: hostPath,
    reason: isProgram
      ? 'it is the loader itself, which is not written with the menu'
      : 'it is damaged, and nothing at hand can write it anew',
    hint: `See \`genctl menu verify\` for ${isProgram ? 'what to do' : 'what depends on it'}.`,
  };
}
