import { diffEtc, type EtcChange, type SourceReader } from '../../activation/diff/diff-etc.ts';
import { diffUnits, type UnitDifference } from '../../activation/diff/diff-units.ts';
import { readEtcContent } from '../../activation/diff/read-etc-content.ts';
import type { Bootspec } from '../../bootspec/bootspec.ts';
import { type Finding, findingOf, GenctlError, messageOf } from '../../errors.ts';
import {
  diffLists,
  diffSpecialisations,
  type ListDifference,
  type NameDifference,
} from '../../generations/diff-bootspecs.ts';
import { diffOptions, type OptionChange } from '../../generations/diff-options.ts';
import { type Generation, nameOf } from '../../generations/generation.ts';
import type { Root } from '../../host/root.ts';
import { nameOf as storeNameOf, storePathAbove } from '../../store/store-path.ts';
import { diffPackages, type PackageDifference } from '../../system/debian/diff-packages.ts';
import {
  type ListedPackage,
  packageListName,
  parsePackageList,
} from '../../system/debian/package-list.ts';

/** A file that a boot loader reads. */
export interface BootFile {
  path: string;
  /** What it is called in the store, without the hash. */
  name: string;
  sizeBytes: number;
}

/** One of the two generations that are compared. */
export interface DiffSide {
  generation: Generation;
  label: string;
  kernel: BootFile & { version: string | undefined };
  initrds: readonly BootFile[];
  devicetree: BootFile | undefined;
}

/** Everything in which two generations differ. */
export interface GenerationDiff {
  before: DiffSide;
  after: DiffSide;
  kernelParams: ListDifference;
  /** Undefined where one of them says nothing of its declaration. */
  options: readonly OptionChange[] | undefined;
  specialisations: NameDifference;
  /** Undefined where one of them is not made of packages, or its list cannot be read. */
  packages: PackageDifference | undefined;
  units: readonly UnitDifference[];
  etc: readonly EtcChange[];
  /** What could not be compared. */
  findings: readonly Finding[];
}

/**
 * Compares two generations that can boot.
 *
 * @throws GenctlError SYSTEM_JSON_INVALID, ETC_CONTENT_…
 */
export function diffGenerations(root: Root, before: Generation, after: Generation): GenerationDiff {
  const [from, to] = [bootspecOf(before), bootspecOf(after)];
  const isSame = before.target === after.target;
  const etc = isSame ? [] : diffEtcOf(root, before.target, after.target);
  const [old, future] = [readPackages(root, before), readPackages(root, after)];
  return {
    before: sideOf(root, before, from),
    after: sideOf(root, after, to),
    kernelParams: diffLists(from.kernelParams, to.kernelParams),
    options: optionsOf(root, before, after),
    specialisations: diffSpecialisations(from, to),
    packages:
      old.packages === undefined || future.packages === undefined
        ? undefined
        : diffPackages(old.packages, future.packages),
    units: diffUnits(etc),
    etc,
    findings: [...old.findings, ...future.findings],
  };
}

function bootspecOf({ system }: Generation): Bootspec {
  if ('bootspec' in system) return system.bootspec;
  throw new Error(`compared although it cannot boot: ${system.finding.subject}`);
}

function diffEtcOf(root: Root, before: string, after: string): EtcChange[] {
  const reader: SourceReader = {
    read: (source, maxBytes) => root.readFile(source, maxBytes),
    sha256: source => {
      const { folder, name } = root.locate(source);
      using _ = folder;
      return folder.digest(name).sha256;
    },
  };
  return diffEtc(readEtcContent(root, before), readEtcContent(root, after), reader);
}

function sideOf(root: Root, generation: Generation, bootspec: Bootspec): DiffSide {
  const kernel = bootFile(root, bootspec.kernel);
  const { devicetree } = bootspec;
  return {
    generation,
    label: bootspec.label,
    kernel: { ...kernel, version: /-([0-9]+\.[0-9].*)$/.exec(kernel.name)?.[1] },
    initrds: bootspec.initrds.map(path => bootFile(root, path)),
    devicetree: devicetree === undefined ? undefined : bootFile(root, devicetree),
  };
}

function bootFile(root: Root, path: string): BootFile {
  const storePath = storePathAbove(path);
  const name = storePath === undefined ? path : storeNameOf(storePath);
  return { path, name, sizeBytes: root.stat(path)?.sizeBytes ?? 0 };
}

function optionsOf(root: Root, before: Generation, after: Generation): OptionChange[] | undefined {
  const [from, to] = [readDeclared(root, before), readDeclared(root, after)];
  return from === undefined || to === undefined ? undefined : diffOptions(from, to);
}

/** The resolved declaration that a system was built from; only what genctl built has one. */
function readDeclared(root: Root, generation: Generation): object | undefined {
  const path = `${generation.target}/system.json`;
  const text = root.readFileIfThere(path, 16 << 20)?.toString('utf8');
  if (text === undefined) return undefined;
  try {
    const { version: _, ...options } = JSON.parse(text) as Record<string, unknown>;
    return options;
  } catch (thrown) {
    throw new GenctlError(
      'SYSTEM_JSON_INVALID',
      `${nameOf(generation)}: ${path} is not valid: ${messageOf(thrown)}`,
      { cause: thrown, hint: 'See `genctl store verify`.' },
    );
  }
}

/** The packages that a system is made of; only those of Debian have a list. */
function readPackages(
  root: Root,
  generation: Generation,
): { packages: readonly ListedPackage[] | undefined; findings: readonly Finding[] } {
  const text = root.readFileIfThere(`${generation.target}/${packageListName}`, 64 << 20);
  if (text === undefined) return { packages: undefined, findings: [] };
  const name = nameOf(generation);
  try {
    return { packages: parsePackageList(text.toString('utf8')), findings: [] };
  } catch (thrown) {
    // A system that a newer genctl has made differs in other things as well.
    if (!(thrown instanceof GenctlError)) throw thrown;
    return { packages: undefined, findings: [findingOf(thrown, name)] };
  }
}

/** Whether two generations differ in nothing that a comparison shows. */
export function isWithoutDifference(diff: GenerationDiff): boolean {
  const { before, after, kernelParams, options, specialisations, packages, units, etc } = diff;
  const bootFilesOf = ({ label, kernel, initrds, devicetree }: DiffSide): string =>
    JSON.stringify([label, kernel.path, initrds.map(({ path }) => path), devicetree?.path]);
  const lists = [
    kernelParams.added,
    kernelParams.removed,
    options ?? [],
    ...Object.values(specialisations),
    packages?.added ?? [],
    packages?.removed ?? [],
    packages?.changed ?? [],
    units,
    etc,
  ];
  return (
    bootFilesOf(before) === bootFilesOf(after) &&
    !kernelParams.isReordered &&
    lists.every(list => list.length === 0)
  );
}
