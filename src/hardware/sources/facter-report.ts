import { JsonFields } from '../../json-fields.ts';
import { addDevices } from './facter-devices.ts';
import { countOf, ifSaid } from './facter-fields.ts';
import { addMachine } from './facter-machine.ts';
import type { HardwareSource } from './hardware-source.ts';
import { MemoryTree } from './memory-tree.ts';
import { silenceOfMissingTables } from './missing-tables.ts';
import { SysfsSketch } from './sysfs-sketch.ts';

const knownVersion = 1;

const neverTold = [
  'what is on disks and partitions',
  'which kernel runs, and with what parameters',
  'which mappings and arrays there are',
];

/** Whether a JSON document is a report of nixos-facter. */
export function isFacterReport(document: unknown): boolean {
  const report = ifSaid(() => new JsonFields(document));
  return ['hardware', 'smbios', 'virtualisation'].some(key => report?.has(key) === true);
}

/**
 * A report of nixos-facter (`facter.json`). What it says differently from what is known of its
 * version 1 is left out; how many devices that are is told.
 */
export function facterSource(document: unknown, name: string): HardwareSource {
  const report = new JsonFields(document);
  const sketch = new SysfsSketch();
  const missing = addMachine(sketch, report);
  const oddDevices = addDevices(
    sketch,
    ifSaid(() => report.optionalObject('hardware')),
  );
  const tree = MemoryTree.withEndsOfLinks(sketch.entries);
  const version = countOf(report, 'version');
  return {
    kind: 'facter',
    name,
    tree,
    silentOn: [
      ...(version !== undefined && version > knownVersion
        ? [`what version ${version} of such reports adds to version ${knownVersion}`]
        : []),
      ...silenceOfMissingTables(tree),
      ...missing,
      ...neverTold,
      ...(oddDevices === 0 ? [] : [`${devices(oddDevices)} that the report describes oddly`]),
    ],
  };
}

function devices(count: number): string {
  return count === 1 ? 'a device' : `${count} devices`;
}
