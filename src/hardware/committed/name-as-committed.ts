import { type FamilyName, families, memberOf } from '../emit/option-family.ts';
import { optionName, optionPath } from '../emit/option-name.ts';
import type { HardwareModule, OptionPath } from '../module/hardware-module.ts';
import type { CommittedModule } from './committed-module.ts';
import type { DeviceNames } from './device-names.ts';

/** What is named by its device, or by a name that whoever opens it may choose. */
const named: readonly FamilyName[] = ['swapDevices', 'boot.initrd.luks.devices'];

/**
 * A module with its swaps and LUKS devices under the names that a file has for the same devices,
 * so that they are compared with each other. Pure.
 */
export function nameAsCommitted(
  wanted: HardwareModule,
  committed: CommittedModule,
  names: DeviceNames,
): HardwareModule {
  const renamed = new Map<string, OptionPath>();
  for (const family of named) {
    const live = new Map<string, string>();
    for (const { option, value } of wanted.definitions) {
      const member = memberOf(option);
      if (member?.family === family && isDevice(member.rest) && typeof value === 'string')
        live.set(member.name, value);
    }
    const there = devicesIn(committed, family);
    const free = new Map([...there].filter(([name]) => !live.has(name)));
    for (const [name, device] of live) {
      if (there.has(name)) continue;
      const found = [...free].find(([, text]) => names.match(text, device) === 'same');
      if (found === undefined) continue;
      free.delete(found[0]);
      renamed.set(JSON.stringify([family, name]), [...families[family], found[0]]);
    }
  }
  return {
    ...wanted,
    definitions: wanted.definitions.map(definition => {
      const member = memberOf(definition.option);
      if (member === undefined) return definition;
      const path = renamed.get(JSON.stringify([member.family, member.name]));
      return path === undefined ? definition : { ...definition, option: [...path, ...member.rest] };
    }),
  };
}

/** The devices of a family's members in a file, by their names. */
export function devicesIn(
  committed: CommittedModule,
  family: FamilyName,
): ReadonlyMap<string, string> {
  const devices = new Map<string, string>();
  for (const [key, value] of committed) {
    const member = key.startsWith(optionName(families[family]))
      ? memberOf(optionPath(key))
      : undefined;
    if (member?.family === family && isDevice(member.rest) && typeof value === 'string')
      devices.set(member.name, value);
  }
  return devices;
}

function isDevice(rest: OptionPath): boolean {
  return rest.length === 1 && rest[0] === 'device';
}
