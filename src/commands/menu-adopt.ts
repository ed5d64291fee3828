import { adoptedFiles, chooseAdoption } from '../boot/adoption/adopted-ledger.ts';
import { type Adoptable, readAdoptable } from '../boot/adoption/read-adoptable.ts';
import { sayAdoption, sayLeft } from '../boot/adoption/say-adoption.ts';
import { type BootTarget, mapPartitions, ownedFiles, partitionsOf } from '../boot/boot-target.ts';
import { defaultKeyOf } from '../boot/loaders.ts';
import { type OpenTargets, openTargets } from '../boot/open-targets.ts';
import type { BootPartition } from '../boot/read-boot-partition.ts';
import { exitCodes, GenctlError } from '../errors.ts';
import { confirm } from '../host/confirm.ts';
import type { Root } from '../host/root.ts';
import { writeNotice } from '../host/terminal.ts';
import { printableLine } from '../printable.ts';
import type { Command } from './context.ts';
import type { Answer } from './machine/carry-out.ts';
import { changeMachine, ofMenu } from './machine/change-machine.ts';
import { type MenuPlan, menuToKeep, planMenu } from './machine/plan-menu.ts';
import type { Machine } from './machine/read-machine.ts';

/**
 * `genctl menu adopt`: entries and kernels that NixOS's builder or a genctl before this one has
 * written become ours. Entries of our own are made for the same generations, then those go.
 * Shown first, and asked for; what is not recognised is left alone.
 */
export const menuAdopt: Command<object> = async context => {
  const { root, dryRun, yes } = context;
  return changeMachine(context, {
    name: 'menu adopt',
    intend: () => ({
      plan: async machine => {
        using open = openTargets(root, machine.settings.places);
        const found = findAdoptable(machine, open);
        const seen = withAdopted(machine, found);
        const plan = planMenu(root, seen, menuToKeep(seen, seen.profiles));
        const preview = sayAll(root, machine, found, plan);
        if (!dryRun && !yes && seen !== machine) await askFor(preview);
        return { ...ofMenu(plan), preview, result: preview };
      },
    }),
  });
};

/** What could be taken over, by the volume that it is on. */
type Found = ReadonlyMap<string, Adoptable>;

function findAdoptable({ targets, layout }: Machine, open: OpenTargets): Found {
  return new Map(
    targets.flatMap(target => {
      const owned = new Set(ownedFiles(target).map(({ path }) => path));
      return partitionsOf(target).map(
        ({ volume }) => [volume, readAdoptable(open.top(volume), layout, owned)] as const,
      );
    }),
  );
}

/** The machine as if the ledgers listed those files already. */
function withAdopted(machine: Machine, found: Found): Machine {
  const targets = machine.targets.map(
    (target): BootTarget => mapPartitions(target, partition => adopting(partition, found, machine)),
  );
  const before = new Set(machine.targets.flatMap(partitionsOf));
  if (targets.flatMap(partitionsOf).every(partition => before.has(partition))) return machine;
  const [first] = targets;
  return {
    ...machine,
    targets,
    defaultKey: first && defaultKeyOf(first, machine.layout),
  };
}

function adopting(partition: BootPartition, found: Found, machine: Machine): BootPartition {
  const adoptable = found.get(partition.volume);
  const files = adoptable === undefined ? [] : adoptedFiles(adoptable, machine.profiles);
  if (files.length === 0) return partition;
  const { ledger, sizes } = partition;
  return {
    ...partition,
    ledger: { ...ledger, owner: machine.state.owner, files: [...(ledger?.files ?? []), ...files] },
    sizes: new Map([...sizes, ...files.map(file => [file.path, file.sizeBytes] as const)]),
  };
}

function sayAll(root: Root, machine: Machine, found: Found, { menus }: MenuPlan): Answer {
  const partitions = menus.flatMap(({ target, menu }) =>
    partitionsOf(target).map(({ volume, mountPoint }) => {
      const adoptable = found.get(volume) ?? { entries: [], blobs: [], left: [] };
      const adoption = chooseAdoption(adoptable, machine.profiles);
      const shown = menu.entries.map(({ key }) => key);
      return {
        mountPoint,
        adoption,
        lines: [...sayAdoption(adoption, machine.profiles, shown), ...sayLeft(adoption.left)],
      };
    }),
  );
  const isNothing = partitions.every(
    ({ adoption }) => adoption.entries.length + adoption.blobs.length === 0,
  );
  const lines = partitions.flatMap(({ mountPoint, lines: all }) =>
    all.map(line => printableLine(`${root.onHost(mountPoint)}: ${line}`)),
  );
  return {
    json: {
      partitions: partitions.map(({ mountPoint, adoption }) => ({
        mountPoint,
        entries: adoption.entries.map(({ path, key }) => ({
          path,
          profile: key?.profile ?? null,
          number: key?.number ?? null,
          specialisation: key?.specialisation ?? null,
        })),
        blobs: adoption.blobs.map(({ path, sizeBytes }) => ({ path, sizeBytes })),
        left: adoption.left.map(({ path, reason }) => ({ path, reason })),
      })),
    },
    text: [...(isNothing ? ['there is nothing to adopt'] : []), ...lines]
      .map(line => `${line}\n`)
      .join(''),
  };
}

async function askFor({ text }: Answer): Promise<void> {
  writeNotice(text);
  if (await confirm('Take these files over?')) return;
  throw new GenctlError('DECLINED', 'nothing was taken over', {
    exitCode: exitCodes.interrupted,
    hint: 'Run the command again when you want it done.',
  });
}
