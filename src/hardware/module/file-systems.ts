import { byBytes } from '../../host/folder.ts';
import { isBindMount, planBindMount } from './bind-mounts.ts';
import { plainText } from './describe-block.ts';
import type { ModuleChoices, Omission } from './hardware-module.ts';
import { disksOfSystem, whyLeftOut } from './leave-out-mount.ts';
import type { Machine } from './machine.ts';
import { type PlacedMount, placeMounts } from './place-mounts.ts';
import { planMount } from './plan-mount.ts';
import type { MountPlan, PlannedMount } from './planned-mount.ts';
import type { Disks } from './swap.ts';

export interface FileSystems {
  /** In the order of their places. */
  readonly mounts: readonly PlannedMount[];
  readonly omissions: readonly Omission[];
  readonly disks: Disks;
}

/**
 * By naming and root; whether they are written changes nothing. Chains ask for the same as the
 * module does, unless its devices have other names.
 */
const planned = new WeakMap<Machine, Map<string, FileSystems>>();

/** Which file systems a module mounts, and how. Pure. */
export function planFileSystems(machine: Machine, choices: ModuleChoices): FileSystems {
  const ofMachine = planned.get(machine) ?? new Map<string, FileSystems>();
  planned.set(machine, ofMachine);
  const key = `${choices.deviceBy} ${choices.root}`;
  const plan = ofMachine.get(key) ?? planAnew(machine, choices);
  ofMachine.set(key, plan);
  return plan;
}

function planAnew(machine: Machine, choices: ModuleChoices): FileSystems {
  const { container } = machine.facts.virtualisation;
  if (container !== null && choices.root === '/') {
    const reason = `what runs the container mounts them (${plainText(container)})`;
    const omissions = [{ subject: 'file systems', reason }];
    return { mounts: [], omissions, disks: { ofSystem: new Set(), ofMounts: new Set() } };
  }
  const placed = placeMounts(machine, choices.root);
  const systemDisks = disksOfSystem(placed.mounts, machine);
  const omissions: Omission[] = [...placed.omissions];
  const mounts: PlannedMount[] = [];
  const take = (plan: MountPlan): void => {
    omissions.push(...plan.omissions);
    if (plan.mount !== undefined) mounts.push(plan.mount);
  };
  const binds: PlacedMount[] = [];
  for (const [at, seen] of placed.mounts.entries()) {
    const leftOut = whyLeftOut(seen, systemDisks, machine);
    if (leftOut !== undefined) omissions.push(leftOut);
    else if (isBindMount(seen, placed.mounts.slice(0, at))) binds.push(seen);
    else take(planMount(seen, machine, choices));
  }
  const wholes = [...mounts];
  for (const seen of binds) take(planBindMount(seen, wholes, placed.mounts));
  const inOrder = mounts.toSorted((left, right) => byBytes(left.seen.place, right.seen.place));
  const holders = mounts.flatMap(mount => mount.holders);
  const disks = { ofSystem: systemDisks, ofMounts: new Set(machine.blocks.disksBelow(holders)) };
  return { mounts: inOrder, omissions, disks };
}
