import type { ProvidedFileSystem } from '../../boot/grub/devices/grub-wish.ts';
import type { GrubSettings } from '../../boot/grub/grub-settings.ts';
import type { MenuSettings } from '../../boot/menu.ts';
import { firstMountPoint, mountPointsOf, type TargetPlace } from '../../boot/target-place.ts';
import type { RetentionPolicy } from '../../generations/retention.ts';
import type { State } from '../../generations/state.ts';
import type { Root } from '../../host/root.ts';
import { FieldError, JsonFields } from '../../json-fields.ts';
import type { Configuration } from '../../system/declaration/declaration.ts';
import { retentionPolicy } from '../../system/retention-policy.ts';
import { declaredPlaces, recordedPlaces, recordPlaces } from './boot-places.ts';
import { declaredGrub, recordedGrub, recordGrub } from './grub-settings.ts';

/**
 * How the machine boots, apart from what it boots. Recorded with each transaction that was made
 * from a declaration, so that a rollback needs none: it works while the declaration is broken.
 */
export interface BootSettings extends MenuSettings {
  /** Where it boots from; all but the first are mirrors. Never empty. */
  places: readonly TargetPlace[];
  /** Undefined where GRUB is none of the loaders. */
  grub: GrubSettings | undefined;
  /** What is declared to be mounted, by mount point, where GRUB may have to be told. */
  fileSystems: Readonly<Record<string, ProvidedFileSystem>>;
  configurationLimit: number | undefined;
  sortKey: string;
  /** Which generations are wanted: a menu without room for all loses the others first. */
  retention: RetentionPolicy | undefined;
}

/** What the declaration says. */
export function declaredSettings(configuration: Configuration): BootSettings {
  const { kind, timeout, editor, consoleMode, configurationLimit, sortKey } =
    configuration.boot.loader;
  const usesGrub = kind.includes('grub');
  return {
    timeout,
    editor,
    consoleMode,
    places: declaredPlaces(configuration),
    grub: usesGrub ? declaredGrub(configuration) : undefined,
    fileSystems: usesGrub ? declaredFileSystems(configuration) : {},
    configurationLimit,
    sortKey,
    retention: retentionPolicy(configuration.gc),
  };
}

function declaredFileSystems({ fileSystems }: Configuration): BootSettings['fileSystems'] {
  return Object.fromEntries(
    Object.entries(fileSystems).map(([path, { device, fsType, options }]) => [
      path,
      { device, fsType, options },
    ]),
  );
}

/** What is in force; undefined before the first transaction. */
export function recordedSettings(state: State): BootSettings | undefined {
  try {
    return fromRecord(new JsonFields(state['boot']));
  } catch (thrown) {
    if (thrown instanceof FieldError) return undefined;
    throw thrown;
  }
}

function fromRecord(record: JsonFields): BootSettings {
  const grub = record.optionalObject('grub');
  return {
    places: recordedPlaces(record),
    grub: grub && recordedGrub(grub),
    fileSystems: recordedFileSystems(record.all['fileSystems']),
    timeout: timeoutOf(record),
    editor: record.boolean('editor'),
    consoleMode: record.optionalText('consoleMode'),
    configurationLimit: record.optionalNumber('configurationLimit'),
    sortKey: record.text('sortKey'),
    retention: recordedRetention(record.optionalObject('retention')),
  };
}

function recordedFileSystems(value: unknown): BootSettings['fileSystems'] {
  if (value === undefined) return {};
  const record = new JsonFields(value, 'fileSystems');
  return Object.fromEntries(
    record.keys().map(path => {
      const fields = record.object(path);
      return [
        path,
        {
          device: fields.optionalText('device'),
          fsType: fields.optionalText('fsType'),
          options: fields.texts('options'),
        },
      ];
    }),
  );
}

function recordedRetention(record: JsonFields | undefined): RetentionPolicy | undefined {
  if (record === undefined) return undefined;
  return {
    keep: record.number('keep'),
    olderThanSeconds: record.optionalNumber('olderThanSeconds'),
    daily: record.number('daily'),
    weekly: record.number('weekly'),
    monthly: record.number('monthly'),
  };
}

function timeoutOf(record: JsonFields): BootSettings['timeout'] {
  const word = ['menu-force', 'menu-hidden'] as const;
  return word.find(known => known === record.all['timeout']) ?? record.optionalNumber('timeout');
}

/** What a newer genctl has recorded with them stays. */
export function withSettings(state: State, boot: BootSettings): State {
  const recorded = state['boot'] as { grub?: unknown } | undefined;
  const { places, grub, fileSystems, ...settings } = boot;
  return {
    ...state,
    boot: {
      ...recorded,
      ...settings,
      ...recordPlaces(places),
      grub: grub && recordGrub(grub, recorded?.grub),
      fileSystems: grub && fileSystems,
    },
  };
}

/**
 * Settings that replace others: what those used and these do not goes, be it of another loader, of
 * a place that has moved, or of a mirror that is none any more.
 */
export function withLeft(settings: BootSettings, before: BootSettings | undefined): BootSettings {
  if (before === undefined) return settings;
  const used = new Set(settings.places.flatMap(({ loaders }) => loaders.flatMap(mountPointsOf)));
  const places = settings.places.map((place, index) => {
    // Mirrors that are none any more have no target of their own.
    const isLast = index === settings.places.length - 1;
    const old = before.places.slice(index, isLast ? undefined : index + 1);
    const left = old.flatMap(each => [...each.loaders.flatMap(mountPointsOf), ...each.left]);
    return { ...place, left: [...new Set(left)].filter(path => !used.has(path)) };
  });
  return { ...settings, places };
}

/**
 * The same, once nothing is left of loaders that were given up. What was not at hand, or had no
 * room, has them still.
 *
 * @param done where the targets are that were brought up to date
 */
export function withoutLeft(settings: BootSettings, done: ReadonlySet<string>): BootSettings {
  const places = settings.places.map(place =>
    done.has(firstMountPoint(place)) ? { ...place, left: [] } : place,
  );
  return { ...settings, places };
}

/**
 * The settings in force, or else the declared ones.
 *
 * @param root its configuration folder is read only where nothing is recorded
 */
export async function settingsInForce(
  root: Root,
  configFolder: string,
  state: State,
): Promise<BootSettings> {
  const recorded = recordedSettings(state);
  if (recorded !== undefined) return recorded;
  const { readDeclaration } = await import('../../system/declaration/read-declaration.ts');
  return declaredSettings(readDeclaration(root, configFolder));
}
