import { GenctlError, messageOf } from '../../errors.ts';
import { JsonFields } from '../../json-fields.ts';
import type { PackageVersion } from './lock/lock.ts';

/** A package of a system, as far as people compare systems by it. */
export interface ListedPackage extends PackageVersion {
  /** What dpkg says it takes when it is installed. */
  installedSizeBytes: number;
  /** Names of packages that it cannot do without, sorted. */
  depends: readonly string[];
  /** Whether the declaration names it; else it came along. */
  isWanted: boolean;
}

/** The list's name in a system. */
export const packageListName = 'packages.json';

const version = 1;

/** The text of `packages.json`: the same packages in any order give the same text. Pure. */
export function renderPackageList(packages: readonly ListedPackage[]): string {
  const sorted = packages.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const lines = sorted.map(
    ({ name, version, architecture, installedSizeBytes, depends, isWanted }) =>
      JSON.stringify({ name, version, architecture, installedSizeBytes, depends, isWanted }),
  );
  return `{"version": ${version}, "packages": [\n${lines.join(',\n')}\n]}\n`;
}

/**
 * Reads a `packages.json`; fields that this version does not know are passed over. Pure.
 *
 * @throws GenctlError PACKAGE_LIST_INVALID, PACKAGE_LIST_NEWER
 */
export function parsePackageList(text: string): ListedPackage[] {
  let fields: JsonFields;
  let packages: ListedPackage[];
  try {
    fields = new JsonFields(JSON.parse(text));
    const found = fields.number('version');
    if (found > version) throw newerList(found);
    packages = itemsOf(fields).map(parsePackage);
  } catch (thrown) {
    if (thrown instanceof GenctlError) throw thrown;
    throw new GenctlError(
      'PACKAGE_LIST_INVALID',
      `${packageListName} is not valid: ${messageOf(thrown)}`,
      { cause: thrown, hint: 'See `genctl store verify`.' },
    );
  }
  return packages;
}

function newerList(found: number): GenctlError {
  return new GenctlError(
    'PACKAGE_LIST_NEWER',
    `${packageListName} has version ${found}, and this genctl knows ${version}`,
    { hint: 'Ask a newer genctl what packages it has.' },
  );
}

function itemsOf(fields: JsonFields): unknown[] {
  const { packages } = fields.all;
  if (Array.isArray(packages)) return packages;
  throw new Error('packages: it is not a list');
}

function parsePackage(item: unknown, index: number): ListedPackage {
  const fields = new JsonFields(item, `packages / ${index}`);
  return {
    name: fields.text('name'),
    version: fields.text('version'),
    architecture: fields.text('architecture'),
    installedSizeBytes: fields.number('installedSizeBytes'),
    depends: fields.texts('depends'),
    isWanted: fields.boolean('isWanted'),
  };
}
