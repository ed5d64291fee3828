import { quote } from './hostile-text.ts';
import type { Option, SectionName } from './option-table.ts';
import { formatPlace, type Origin, type Problem, problemOf } from './problem.ts';
import type { Definition } from './recognise-file.ts';
import { Refusal } from './refusal.ts';

/** What all definitions of one option come to. */
export interface Merged {
  readonly section: SectionName;
  readonly subject: string | undefined;
  readonly key: string;
  readonly option: Option;
  /** Whether a list leaves nothing of what is below it: of a specialisation's parent. */
  readonly replaces: boolean;
  /** One value for a scalar. */
  readonly values: readonly unknown[];
  /** Where each of the values is from. */
  readonly origins: readonly Origin[];
}

/** By slot name. */
export type MergedOptions = ReadonlyMap<string, Merged>;

/** The name under which one option of one section is found in MergedOptions. */
export function slotName(section: SectionName, key: string, subject: string | undefined): string {
  return subject === undefined ? `${section}.${key}` : `${section}.${key} ${subject}`;
}

/**
 * Merges definitions of the same standing: lists join in the order given, two different values
 * of a scalar conflict. What is written as `key! = value` sets aside all that is not.
 */
export function mergeDefinitions(definitions: readonly Definition[]): {
  merged: MergedOptions;
  problems: readonly Problem[];
} {
  const bySlot = new Map<string, Definition[]>();
  for (const definition of definitions) {
    const slot = slotName(definition.section, definition.key, definition.subject);
    const there = bySlot.get(slot);
    if (there === undefined) bySlot.set(slot, [definition]);
    else there.push(definition);
  }
  const problems: Problem[] = [];
  const merged = new Map<string, Merged>();
  for (const [slot, all] of bySlot) {
    const overriding = all.filter(definition => definition.overrides);
    const standing = overriding.length > 0 ? overriding : all;
    const [first] = standing;
    if (first === undefined) continue;
    const { section, subject, key, option } = first;
    const isList = option.kind === 'list';
    const kept = isList ? standing : [first];
    if (!isList) for (const problem of conflicts(first, standing)) problems.push(problem);
    merged.set(slot, {
      section,
      subject,
      key,
      option,
      replaces: overriding.length > 0,
      values: kept.flatMap(definition => definition.values),
      origins: kept.flatMap(definition => definition.values.map(() => definition.origin)),
    });
  }
  return { merged, problems };
}

/**
 * Puts a specialisation on top of what it specialises: its scalars win, its lists come behind
 * the other's unless they are written to replace them.
 */
export function mergeOnTop(below: MergedOptions, above: MergedOptions): MergedOptions {
  const merged = new Map(below);
  for (const [slot, top] of above) {
    const base = below.get(slot);
    const joins = base !== undefined && top.option.kind === 'list' && !top.replaces;
    merged.set(
      slot,
      joins
        ? {
            ...top,
            values: [...base.values, ...top.values],
            origins: [...base.origins, ...top.origins],
          }
        : top,
    );
  }
  return merged;
}

function conflicts(first: Definition, all: readonly Definition[]): Problem[] {
  const seen = new Set([JSON.stringify(first.values)]);
  const found: Problem[] = [];
  for (const other of all) {
    const value = JSON.stringify(other.values);
    if (seen.has(value)) continue;
    seen.add(value);
    found.push(problemOf('DECLARATION_CONFLICT', other.origin, refuseConflict(first, other)));
  }
  return found;
}

function refuseConflict(first: Definition, other: Definition): Refusal {
  const verb = other.overrides ? 'is overridden with' : 'is';
  return new Refusal(
    `${verb} ${quote(other.text)} here and ${other.overrides ? 'with ' : ''}${quote(first.text)} in ${formatPlace(first.origin)}`,
    other.overrides
      ? 'Keep one of the two overrides.'
      : `Keep one of the two, or let one win: \`${other.key}! = …\`.`,
  );
}
