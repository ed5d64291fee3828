import type { UnitState } from './unit-state.ts';

/** A loaded unit with what tells how its last job went. */
export interface ObservedUnit extends UnitState {
  /** All that it is called by, its own name included. */
  names: readonly string[];
  /** SubState: finer than `active`, other words for each type of unit. */
  sub: string;
  /** How its last run ended: `success`, `exit-code`; undefined for types that have no such thing. */
  result: string | undefined;
  /** What the main process of a service ended with, the last time that it did. */
  exitStatus: number;
  /** How often systemd has restarted it by itself since it was started. */
  restarts: number;
  stopsWithIt: readonly string[];
}

/** Properties of systemd, as `systemctl show` is asked for them; older ones lack some. */
export const observedProperties = [
  'Id',
  'Names',
  'ActiveState',
  'SubState',
  'LoadState',
  'FragmentPath',
  'DropInPaths',
  'InvocationID',
  'NeedDaemonReload',
  'TriggeredBy',
  'Triggers',
  'UpheldBy',
  'Result',
  'ExecMainStatus',
  'NRestarts',
  'RequiredBy',
  'RequisiteOf',
  'BoundBy',
  'ConsistsOf',
  'PropagatesStopTo',
] as const;

type Property = (typeof observedProperties)[number];

/**
 * Reads what `systemctl show` prints: `KEY=VALUE` lines in any order, an empty line between units.
 * A property that is missing counts as empty.
 */
export function parseUnitStates(text: string): ObservedUnit[] {
  return text.split('\n\n').flatMap(block => {
    const values = new Map<string, string>();
    for (const line of block.split('\n')) {
      const at = line.indexOf('=');
      if (at > 0) values.set(line.slice(0, at), line.slice(at + 1));
    }
    const value = (key: Property): string => values.get(key) ?? '';
    const list = (key: Property): string[] => words(value(key));
    const name = value('Id');
    if (name === '') return [];
    return {
      name,
      names: [name, ...list('Names').filter(other => other !== name)],
      active: value('ActiveState'),
      sub: value('SubState'),
      load: value('LoadState'),
      fragmentPath: value('FragmentPath') || undefined,
      dropInPaths: list('DropInPaths'),
      invocationId: invocation(value('InvocationID')),
      needsDaemonReload: value('NeedDaemonReload') === 'yes',
      triggeredBy: list('TriggeredBy'),
      triggers: list('Triggers'),
      upheldBy: list('UpheldBy'),
      result: value('Result') || undefined,
      exitStatus: Number(value('ExecMainStatus')) || 0,
      restarts: Number(value('NRestarts')) || 0,
      stopsWithIt: [
        ...list('RequiredBy'),
        ...list('RequisiteOf'),
        ...list('BoundBy'),
        ...list('ConsistsOf'),
        ...list('PropagatesStopTo'),
      ],
    };
  });
}

function invocation(value: string): string | undefined {
  return /^[0-9a-f]{32}$/.test(value) && !/^0+$/.test(value) ? value : undefined;
}

/** Items of a list. One that a shell would misread, as with a backslash, is in double quotes. */
function words(list: string): string[] {
  const found = list.match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g) ?? [];
  return found.map(word =>
    word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/g, '$1') : word,
  );
}
