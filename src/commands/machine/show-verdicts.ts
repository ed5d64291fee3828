import { formatBytes } from '../../bytes.ts';
import { type Generation, nameOf } from '../../generations/generation.ts';
import { recordOf } from '../../generations/records.ts';
import type { Verdict } from '../../generations/retention.ts';
import { sayReason } from '../../generations/say-reason.ts';
import { terminalColumns } from '../../host/terminal.ts';
import { drawBars } from '../../output/bars.ts';
import { colours } from '../../output/colours.ts';
import { formatTable } from '../../output/table.ts';
import { printableLine } from '../../printable.ts';
import type { Answer } from './carry-out.ts';
import type { GenerationSpace, MachineSpace } from './generation-space.ts';
import type { Verdicts } from './judge-machine.ts';
import type { Systems } from './read-machine.ts';
import { spaceRows } from './space-rows.ts';

/** What a collection would give back. */
export interface Freed {
  storeBytes: number;
  /** Of the first boot partition; below 0 where its menu grows, since generations fit again. */
  bootBytes: number;
}

/** What becomes of each generation, why, and what it takes, newest first; what that would free. */
export function showVerdicts(
  verdicts: Verdicts,
  space: MachineSpace,
  systems: Systems,
  freed: Freed,
): Answer {
  const rows = systems.profiles
    .flatMap(({ generations }) => generations.toReversed())
    .flatMap(generation => {
      const verdict = verdicts.get(generation);
      return verdict === undefined ? [] : [{ generation, verdict }];
    });
  const columns = terminalColumns('stdout');
  const bars = columns === undefined ? [] : drawBars(spaceRows(systems, space), columns);
  return {
    json: {
      generations: rows.map(({ generation, verdict }) =>
        verdictJson(generation, verdict, space.generations.get(generation), systems),
      ),
      partition: partitionJson(space),
      freed,
    },
    text: `${formatTable(
      ['GENERATION', 'STAYS', 'STORE OWN', 'SHARED', 'BOOT OWN', 'SHARED', 'BECAUSE'],
      rows.map(({ generation, verdict }) =>
        verdictRow(generation, verdict, space.generations.get(generation)),
      ),
    )}${bars.map(line => `${line}\n`).join('')}${sayFreed(freed)}\n\n`,
  };
}

function sayFreed({ storeBytes, bootBytes }: Freed): string {
  const boot =
    bootBytes < 0
      ? `the boot partition gets ${formatBytes(-bootBytes)} more`
      : `${formatBytes(bootBytes)} on the boot partition`;
  return `would be freed: ${formatBytes(storeBytes)} in the store, ${boot}`;
}

/** A verdict as `gc --dry-run --json` and `why --json` give it. */
export function verdictJson(
  generation: Generation,
  verdict: Verdict,
  space: GenerationSpace | undefined,
  { state }: Pick<Systems, 'state'>,
): object {
  const { profile, number } = generation;
  return {
    profile,
    number,
    keep: verdict.keep,
    reasons: verdict.reasons.map(reason => ({ rule: reason.rule, text: sayReason(reason) })),
    pinned: verdict.reasons.some(({ rule }) => rule === 'pinned'),
    note: recordOf(state, generation)?.note ?? null,
    store: space?.store ?? null,
    boot: space?.boot === undefined ? null : bootJson(space.boot),
  };
}

function bootJson({
  kernelBytes,
  initrdBytes,
  otherBytes,
  ownBytes,
  sharedBytes,
}: NonNullable<GenerationSpace['boot']>): object {
  return { kernelBytes, initrdBytes, otherBytes, ownBytes, sharedBytes };
}

/** A boot partition's room, as `--json` gives it. */
export function partitionJson({ partition }: Pick<MachineSpace, 'partition'>): object | null {
  if (partition === undefined) return null;
  const { totalBytes, freeBytes, ourBytes, otherBytes } = partition;
  return { totalBytes, freeBytes, ourBytes, otherBytes };
}

function verdictRow(
  generation: Generation,
  { keep, reasons }: Verdict,
  space: GenerationSpace | undefined,
): string[] {
  const boot = space?.boot;
  return [
    printableLine(nameOf(generation).replace(/^generation /, '')),
    keep ? colours.green('kept') : colours.red('goes'),
    formatBytes(space?.store.ownBytes ?? 0),
    formatBytes(space?.store.sharedBytes ?? 0),
    boot === undefined ? '-' : formatBytes(boot.ownBytes),
    boot === undefined ? '-' : formatBytes(boot.sharedBytes),
    reasons.map(sayReason).join('; '),
  ];
}
