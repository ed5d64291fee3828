import type { EtcChange } from '../../activation/diff/diff-etc.ts';
import type { EtcItem } from '../../activation/diff/etc-content.ts';
import type { BootFile, DiffSide, GenerationDiff } from './diff-generations.ts';
import { hunksOf } from './diff-hunks.ts';

/** A comparison as `diff --json` gives it: docs/schemas/diff.json. */
export function diffJson(diff: GenerationDiff): object {
  const { before, after, kernelParams, options, specialisations, units, etc } = diff;
  return {
    profile: before.generation.profile,
    from: sideJson(before),
    to: sideJson(after),
    sameSystem: before.generation.target === after.generation.target,
    kernelParams: {
      added: kernelParams.added,
      removed: kernelParams.removed,
      reordered: kernelParams.isReordered,
    },
    options:
      options?.map(({ option, from, to }) => ({ option, from: from ?? null, to: to ?? null })) ??
      null,
    specialisations,
    units,
    etc: etc.map(change => changeJson(diff, change)),
  };
}

function sideJson({ generation, label, kernel, initrds, devicetree }: DiffSide): object {
  return {
    number: generation.number,
    system: generation.target,
    label,
    kernel: { ...fileJson(kernel), version: kernel.version ?? null },
    initrds: initrds.map(fileJson),
    devicetree: devicetree === undefined ? null : fileJson(devicetree),
  };
}

function fileJson({ path, sizeBytes }: BootFile): object {
  return { path, sizeBytes };
}

function changeJson(diff: GenerationDiff, change: EtcChange): object {
  const { path, before, after, texts } = change;
  return {
    path,
    change: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
    from: itemJson(before),
    to: itemJson(after),
    diff: hunksOf(diff, change) ?? null,
    hidden: typeof texts === 'string' && texts !== 'same' ? texts : null,
  };
}

function itemJson(item: EtcItem | undefined): object | null {
  if (item === undefined) return null;
  if (item.kind === 'link') {
    return { kind: 'link', target: item.target, sizeBytes: null, mode: null, owner: null };
  }
  const { stat, ownership } = item;
  return {
    kind: 'file',
    target: null,
    sizeBytes: stat.sizeBytes,
    mode: ownership === undefined ? null : ownership.mode.toString(8).padStart(4, '0'),
    owner: ownership?.owner ?? null,
  };
}
