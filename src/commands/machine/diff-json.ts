import type { EtcChange } from '../../activation/diff/diff-etc.ts';
import type { EtcItem } from '../../activation/diff/etc-content.ts';
import type { PackageDifference } from '../../system/debian/diff-packages.ts';
import type { ListedPackage } from '../../system/debian/package-list.ts';
import type { BootFile, DiffSide, GenerationDiff } from './diff-generations.ts';
import { hunksOf } from './diff-hunks.ts';

/** A comparison as `diff --json` gives it: docs/schemas/diff.json. */
export function diffJson(diff: GenerationDiff): object {
  const { before, after, kernelParams, options, specialisations, packages, units, etc } = diff;
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
    packages: packages === undefined ? null : packagesJson(packages),
    units,
    etc: etc.map(change => changeJson(diff, change)),
    findings: diff.findings,
  };
}

function packagesJson({ added, removed, changed, installedSizeBytes }: PackageDifference): object {
  return {
    added: added.map(packageJson),
    removed: removed.map(packageJson),
    changed: changed.map(({ before, after, direction }) => ({
      name: after.name,
      direction,
      from: packageJson(before),
      to: packageJson(after),
    })),
    installedSizeBytes,
  };
}

function packageJson(listed: ListedPackage): object {
  const { name, version, architecture, installedSizeBytes, depends, isWanted } = listed;
  return { name, version, architecture, installedSizeBytes, depends, declared: isWanted };
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
