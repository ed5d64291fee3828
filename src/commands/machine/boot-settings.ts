import type { MenuSettings } from '../../boot/menu.ts';
import type { TargetPlace } from '../../boot/open-targets.ts';
import { GenctlError } from '../../errors.ts';
import type { RetentionPolicy } from '../../generations/retention.ts';
import type { State } from '../../generations/state.ts';
import type { Root } from '../../host/root.ts';
import { FieldError, JsonFields, type TextRule } from '../../json-fields.ts';
import type { Configuration } from '../../system/declaration/declaration.ts';
import { retentionPolicy } from '../../system/retention-policy.ts';

const systemdBoot: TextRule = { pattern: /^systemd-boot$/, otherwise: 'it is no loader we know' };

/**
 * How the machine boots, apart from what it boots. Recorded with each transaction that was made
 * from a declaration, so that a rollback needs none: it works while the declaration is broken.
 */
export interface BootSettings extends MenuSettings {
  kind: 'systemd-boot';
  /** Where the boot partitions are mounted; all but the first are mirrors. Never empty. */
  places: readonly TargetPlace[];
  configurationLimit: number | undefined;
  sortKey: string;
  /** Which generations are wanted: a menu without room for all loses the others first. */
  retention: RetentionPolicy | undefined;
}

/** @throws GenctlError LOADER_UNSUPPORTED */
export function declaredSettings(configuration: Configuration): BootSettings {
  const { kind, efiSysMountPoint, xbootldrMountPoint, ...loader } = configuration.boot.loader;
  if (kind !== 'systemd-boot') {
    throw new GenctlError(
      'LOADER_UNSUPPORTED',
      `[boot.loader] kind = ${kind}: not in this version`,
      {
        hint: 'Use kind = systemd-boot.',
      },
    );
  }
  return {
    kind,
    ...loader,
    places: placesOf(efiSysMountPoint, xbootldrMountPoint),
    retention: retentionPolicy(configuration.gc),
  };
}

function placesOf(esps: readonly string[], xbootldrs: readonly string[]): TargetPlace[] {
  return esps.map((esp, index) => ({ esp, xbootldr: xbootldrs[index] }));
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
  return {
    kind: record.text('kind', systemdBoot) as BootSettings['kind'],
    places: recordedPlaces(
      record.has('efiSysMountPoints')
        ? record.texts('efiSysMountPoints')
        : [record.text('efiSysMountPoint')],
      record.has('xbootldrMountPoints') ? record.texts('xbootldrMountPoints') : [],
    ),
    timeout: timeoutOf(record),
    editor: record.boolean('editor'),
    consoleMode: record.optionalText('consoleMode'),
    configurationLimit: record.optionalNumber('configurationLimit'),
    sortKey: record.text('sortKey'),
    retention: recordedRetention(record.optionalObject('retention')),
  };
}

function recordedPlaces(esps: readonly string[], xbootldrs: readonly string[]): TargetPlace[] {
  if (esps.length > 0) return placesOf(esps, xbootldrs);
  throw new FieldError('boot / efiSysMountPoints: it is empty');
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
  const recorded = state['boot'];
  const { places, ...settings } = boot;
  const mountPoints = {
    // An older genctl knows this one, and keeps the first partition up to date.
    efiSysMountPoint: places[0]?.esp,
    efiSysMountPoints: places.map(({ esp }) => esp),
    xbootldrMountPoints: places.flatMap(({ xbootldr }) => xbootldr ?? []),
  };
  return { ...state, boot: { ...(recorded as object | undefined), ...settings, ...mountPoints } };
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
