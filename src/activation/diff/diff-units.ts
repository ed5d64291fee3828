import { besideUnit } from '../units/unit-definition.ts';
import { isUnitName } from '../units/unit-name.ts';
import { parseUnit } from '../units/unit-syntax.ts';
import type { EtcChange } from './diff-etc.ts';
import type { EtcItem } from './etc-content.ts';

/** What becomes of a unit where one /etc takes the place of another. */
export interface UnitDifference {
  unit: string;
  /** `changed` covers drop-ins. In the order of this type. */
  changes: readonly UnitChange[];
}

export type UnitChange =
  | 'added'
  | 'removed'
  | 'changed'
  | 'masked'
  | 'unmasked'
  | 'enabled'
  | 'disabled';

const order = ['added', 'removed', 'changed', 'masked', 'unmasked', 'enabled', 'disabled'] as const;

/**
 * The system units that differ, by name, from the changes below systemd/system: their files, their
 * drop-ins, and what wants them. Comments and blanks make no difference. Pure.
 */
export function diffUnits(changes: readonly EtcChange[]): UnitDifference[] {
  const found = new Map<string, Set<UnitChange>>();
  for (const change of changes) {
    const path = /^systemd\/system\/(.+)$/.exec(change.path)?.[1];
    const [unit, what] = path === undefined ? [] : changeOf(path, change);
    if (unit === undefined || what === undefined) continue;
    found.set(unit, (found.get(unit) ?? new Set()).add(what));
  }
  return [...found]
    .map(([unit, all]) => ({ unit, changes: order.filter(what => all.has(what)) }))
    .map(({ unit, changes: all }) => ({ unit, changes: withoutDropIns(all) }))
    .toSorted((left, right) => (left.unit < right.unit ? -1 : 1));
}

/** Drop-ins of a unit that comes or goes come or go with it. */
function withoutDropIns(changes: readonly UnitChange[]): readonly UnitChange[] {
  const isWhole = changes.includes('added') || changes.includes('removed');
  return isWhole ? changes.filter(what => what !== 'changed') : changes;
}

function changeOf(path: string, change: EtcChange): [string, UnitChange] | [] {
  const [first = '', second, ...deeper] = path.split('/');
  if (deeper.length > 0) return [];
  if (second === undefined) return isUnitName(first) ? changeOfFile(first, change) : [];
  const beside = besideUnit(first);
  if (beside === undefined) return [];
  if (!first.endsWith('.d')) return isUnitName(second) ? changeOfLink(second, change) : [];
  const isDropIn = isUnitName(beside) && second.endsWith('.conf');
  return isDropIn && saysOtherwise(change) ? [beside, 'changed'] : [];
}

/** A link beside a unit that wants another one: where it leads makes no difference. */
function changeOfLink(unit: string, { before, after }: EtcChange): [string, UnitChange] | [] {
  if (before !== undefined && after !== undefined) return [];
  return [unit, after === undefined ? 'disabled' : 'enabled'];
}

function changeOfFile(unit: string, change: EtcChange): [string, UnitChange] | [] {
  const { before, after } = change;
  if (!saysOtherwise(change)) return [];
  if (isMask(after)) return [unit, 'masked'];
  if (isMask(before)) return [unit, 'unmasked'];
  if (before === undefined) return [unit, 'added'];
  return [unit, after === undefined ? 'removed' : 'changed'];
}

/** A file that only gets another mode or owner, or other comments, means what it meant. */
function saysOtherwise({ before, after, texts }: EtcChange): boolean {
  if (typeof texts === 'object') return meaningOf(texts.before) !== meaningOf(texts.after);
  return texts !== 'same' || before?.kind !== 'file' || after?.kind !== 'file';
}

function isMask(item: EtcItem | undefined): boolean {
  return item?.kind === 'link' && item.target === '/dev/null';
}

/** What a unit file assigns, as a text. Sections may stand in any order. */
function meaningOf(text: string): string {
  const sections = [...parseUnit(text)].filter(([, assignments]) => assignments.length > 0);
  return JSON.stringify(sections.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
