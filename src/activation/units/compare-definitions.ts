import { type UnitText, valuesOf } from './unit-syntax.ts';

/** What it takes that a running unit follows its new definition. */
export type Difference = 'none' | 'reload' | 'restart';

/** Keys of [Unit] that say nothing about what runs; systemd follows them by itself. */
const inert = new Set([
  'AllowIsolate',
  'CollectMode',
  'Description',
  'Documentation',
  'IgnoreOnIsolate',
  'OnFailure',
  'OnFailureJobMode',
  'OnSuccess',
  'RefuseManualStart',
  'RefuseManualStop',
  'SourcePath',
  'StopWhenUnneeded',
]);

/** What becomes of a unit when it changes, said in whichever section; no change by themselves. */
const wishes = new Set([
  'X-NotSocketActivated',
  'X-OnlyManualStart',
  'X-ReloadIfChanged',
  'X-RestartIfChanged',
  'X-StopIfChanged',
  'X-StopOnReconfiguration',
  'X-StopOnRemoval',
]);

/**
 * Compares two definitions of a unit by what they assign: the order of a key's values counts, that
 * of keys does not. Pure.
 */
export function compareDefinitions(before: UnitText, after: UnitText): Difference {
  const differences = [...new Set([...before.keys(), ...after.keys()])]
    // For `systemctl enable` only, and for nobody but whoever wrote it.
    .filter(section => section !== 'Install' && !section.startsWith('X-'))
    .flatMap(section =>
      changedKeys(before, after, section).map(key => differenceBy(section, key, after)),
    );
  if (differences.includes('restart')) return 'restart';
  return differences.includes('reload') ? 'reload' : 'none';
}

function changedKeys(before: UnitText, after: UnitText, section: string): string[] {
  const old = effective(before, section);
  const future = effective(after, section);
  return [...new Set([...old.keys(), ...future.keys()])].filter(
    key => !areEqual(old.get(key) ?? [], future.get(key) ?? []),
  );
}

/** Values by key: an empty one takes back those before it. */
function effective(text: UnitText, section: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const { key, value } of text.get(section) ?? []) {
    const before = value === '' ? undefined : values.get(key);
    if (before === undefined) values.set(key, value === '' ? [] : [value]);
    else before.push(value);
  }
  return values;
}

function areEqual(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

function differenceBy(section: string, key: string, after: UnitText): Difference {
  if (wishes.has(key) || (section === 'Unit' && inert.has(key))) return 'none';
  if (section === 'Unit' && key === 'X-Reload-Triggers') return 'reload';
  if (section === 'Mount' && key === 'Options') return 'reload';
  if (section === 'Service' && key === 'ExecReload') {
    return valuesOf(after, section, key).length === 0 ? 'none' : 'reload';
  }
  return 'restart';
}
