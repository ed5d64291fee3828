import { openTargets } from '../boot/open-targets.ts';
import { exitCodes, type Finding, findingOf, GenctlError } from '../errors.ts';
import { writeResult } from '../host/terminal.ts';
import { reportFinding } from '../output/report-error.ts';
import { writeJson } from '../output/write-json.ts';
import type { Command, Context } from './context.ts';
import { settingsInForce } from './machine/boot-settings.ts';
import { type BootInspection, driftFindings, inspectBoot } from './machine/inspect-boot.ts';
import { menuToKeep, planMenu } from './machine/plan-menu.ts';
import { lookAtSystems, type Machine, readMachine } from './machine/read-machine.ts';

/** `genctl menu verify`: reads every file of ours back, and compares. Changes nothing. */
export const menuVerify: Command<object> = async context => {
  const { root, config, json } = context;
  const { systems, findings: stateFindings } = lookAtSystems(root);
  const settings = await settingsInForce(root, config, systems.state);
  using open = openTargets(root, settings.places);
  const machine = await readMachine(root, systems, settings, open);
  const inspection = inspectBoot(root, machine, open);
  const findings = [
    ...stateFindings,
    ...machine.setAside,
    ...inspection.findings,
    ...differences(context, machine),
  ];
  if (json) writeJson({ fileCount: inspection.fileCount, findings });
  else {
    for (const finding of findings) reportFinding(finding);
    if (findings.length === 0) writeResult(`${sayWhole(inspection)}\n`);
  }
  return findings.length === 0 ? exitCodes.done : exitCodes.attention;
};

function sayWhole({ fileCount }: BootInspection): string {
  if (fileCount === 0) return 'there is nothing of genctl’s yet';
  return `all ${fileCount} files are as they were written`;
}

/** Where mirrors differ; and why nobody can say it, where that is so. */
function differences({ root }: Context, machine: Machine): Finding[] {
  if (machine.targets.length < 2) return [];
  try {
    const plan = planMenu(root, machine, menuToKeep(machine, machine.profiles));
    return [...plan.setAside, ...driftFindings(root, machine, plan)];
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return [findingOf(thrown, 'menu')];
  }
}
