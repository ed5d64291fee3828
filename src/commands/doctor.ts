import { openTargets } from '../boot/open-targets.ts';
import { exitCodes, type Finding, findingOf, GenctlError } from '../errors.ts';
import { nameOf } from '../generations/generation.ts';
import type { Root } from '../host/root.ts';
import { writeResult } from '../host/terminal.ts';
import { reportFinding } from '../output/report-error.ts';
import { writeJson } from '../output/write-json.ts';
import { openStore } from '../store/open-store.ts';
import { isStorePath } from '../store/store-path.ts';
import type { Command, Context } from './context.ts';
import { settingsInForce } from './machine/boot-settings.ts';
import { entriesOfOthers } from './machine/entries-of-others.ts';
import { driftFindings, inspectBoot } from './machine/inspect-boot.ts';
import { menuToKeep, planMenu } from './machine/plan-menu.ts';
import { lookAtSystems, type Machine, readMachine, type Systems } from './machine/read-machine.ts';
import { roomFindings } from './machine/room-findings.ts';
import { stateFindings } from './machine/state-findings.ts';
import { aliveRoots } from './machine/store-roots.ts';

/** `genctl doctor`: looks at all that booting depends on. Changes nothing. */
export const doctor: Command<object> = async context => {
  const { root, json } = context;
  const { systems, findings: lost } = lookAtSystems(root);
  const findings = unique([
    ...lost,
    ...stateFindings(root, systems),
    // Without the owner nobody knows which boot files are ours.
    ...(lost.some(({ code }) => code === 'STATE_UNREADABLE')
      ? []
      : await attempt('boot partition', () => bootFindings(context, systems))),
    ...(await attempt('store', () => storeFindings(root, systems))),
  ]);
  if (json) writeJson({ findings });
  else {
    for (const finding of findings) reportFinding(finding);
    if (findings.length === 0) writeResult('nothing is wrong\n');
  }
  return findings.length === 0 ? exitCodes.done : exitCodes.attention;
};

/** Several links may lead to the same flaw. */
function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map(finding => [JSON.stringify(finding), finding])).values()];
}

/** What cannot be looked at is a finding too, and the rest is looked at all the same. */
async function attempt(
  subject: string,
  look: () => Finding[] | Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await look();
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return [findingOf(thrown, subject)];
  }
}

async function bootFindings(context: Context, systems: Systems): Promise<Finding[]> {
  const { root, config } = context;
  const settings = await settingsInForce(root, config, systems.state);
  using open = openTargets(root, settings.places);
  const machine = await readMachine(root, systems, settings, open);
  return [
    ...machine.setAside,
    ...inspectBoot(root, machine, open).findings,
    ...entriesOfOthers(root, machine, open),
    ...(await attempt('menu', () => menuFindings(root, machine))),
  ];
}

/** Whether the menu says what the profiles say, and whether there is room for one more. */
function menuFindings(root: Root, machine: Machine): Finding[] {
  if (machine.profiles.every(({ generations }) => generations.length === 0)) return [];
  const plan = planMenu(root, machine, menuToKeep(machine, machine.profiles));
  const { prepare, commit, cleanup } = plan.parts;
  const isBehind = prepare.length + commit.length + cleanup.length > 0;
  return [
    ...plan.setAside,
    ...driftFindings(root, machine, plan),
    ...(isBehind
      ? [
          {
            code: 'MENU_BEHIND',
            subject: 'menu',
            reason: 'it does not say what the profiles say',
            hint: 'Run `genctl menu sync` (with --dry-run to see what it would do).',
          },
        ]
      : []),
    ...roomFindings(root, machine),
  ];
}

/** What the generations need is there; what is recorded of it can be read. */
async function storeFindings(root: Root, systems: Systems): Promise<Finding[]> {
  const store = openStore(root, 'read');
  const { roots, unclear, findings } = aliveRoots(root, systems, []);
  const garbage = await store.garbage(roots.map(({ storePath }) => storePath));
  const incomplete: Finding[] = [];
  for (const generation of systems.profiles.flatMap(({ generations }) => generations)) {
    const { target } = generation;
    if (!isStorePath(target)) continue;
    incomplete.push(
      ...(await attempt(nameOf(generation), async () => {
        await store.closure([target]);
        return [];
      })),
    );
  }
  return [...findings, ...unclear, ...[...garbage.findings, ...incomplete].map(withStoreHint)];
}

function withStoreHint(finding: Finding): Finding {
  return {
    hint: 'Declare what it is part of again, where that is not declared any more, and run `genctl store verify --repair`.',
    ...finding,
  };
}
