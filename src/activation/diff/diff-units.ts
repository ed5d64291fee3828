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

const unitTypes =
  'service|socket|target|timer|mount|automount|path|slice|scope|swap|device|snapshot';
const unitName = new RegExp(`^[^/]+\\.(?:${unitTypes})$`);
const dropIn = new RegExp(`^([^/]+\\.(?:${unitTypes}))\\.d/[^/]+\\.conf$`);
const dependency = new RegExp(`^[^/]+\\.(?:wants|requires|upholds)/([^/]+\\.(?:${unitTypes}))$`);

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

function changeOf(path: string, { before, after, texts }: EtcChange): [string, UnitChange] | [] {
  const wanted = dependency.exec(path)?.[1];
  if (wanted !== undefined) {
    if (before !== undefined && after !== undefined) return [];
    return [wanted, after === undefined ? 'disabled' : 'enabled'];
  }
  const changed = dropIn.exec(path)?.[1];
  const unit = changed ?? (unitName.test(path) ? path : undefined);
  if (unit === undefined) return [];
  if (typeof texts === 'object' && meaningOf(texts.before) === meaningOf(texts.after)) return [];
  // A file that only gets another mode or owner means what it meant.
  if (texts === 'same' && before?.kind === 'file' && after?.kind === 'file') return [];
  if (changed !== undefined) return [unit, 'changed'];
  if (isMask(after)) return [unit, 'masked'];
  if (isMask(before)) return [unit, 'unmasked'];
  if (before === undefined) return [unit, 'added'];
  return [unit, after === undefined ? 'removed' : 'changed'];
}

function isMask(item: EtcItem | undefined): boolean {
  return item?.kind === 'link' && item.target === '/dev/null';
}

/** What a unit file assigns, as a text. Sections may stand in any order. */
function meaningOf(text: string): string {
  const sections = [...parseUnit(text)].filter(([, assignments]) => assignments.length > 0);
  return JSON.stringify(sections.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
