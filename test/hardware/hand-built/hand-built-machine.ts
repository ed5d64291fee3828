import { MachineBuilder, type Part, place } from './machine-builder.ts';
import { efiVariablesMount, kernelMounts, type Mount, mountInfo, swapTable } from './proc-files.ts';

/** A machine as a person describes it; what every machine has is added. */
export interface MachineDescription {
  /** `6.1.0-49-amd64` */
  readonly release: string;
  readonly commandLine: string;
  /** The text of /proc/cpuinfo. */
  readonly processors: string;
  readonly firmware: Firmware;
  /** Of /sys/class/dmi/id, by the names of the files; left out: there is none. */
  readonly dmi?: Readonly<Record<string, string>>;
  readonly deviceTree?: { readonly model: string; readonly compatible: readonly string[] };
  /** /sys/hypervisor/type */
  readonly hypervisor?: string;
  /** What hangs in /sys/devices. */
  readonly devices: readonly Part[];
  readonly mounts: readonly Mount[];
  /** `PATH KIND KIB PRIORITY`. */
  readonly swaps?: readonly string[];
  /** Names of loaded modules. */
  readonly modules: readonly string[];
  /** False: no udev runs, blkid is asked instead. */
  readonly hasUdev?: boolean;
  /** `UUID: [kernel names]` of btrfs. */
  readonly btrfs?: Readonly<Record<string, readonly string[]>>;
  readonly bcachefs?: Readonly<Record<string, readonly string[]>>;
  readonly mdstat?: string;
  /** Mount point properties of ZFS, by dataset. */
  readonly zfs?: Readonly<Record<string, string>>;
  /** Further files by their paths in the capture. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** What could not be read when it was captured: paths in the capture, with all below them. */
  readonly unreadable?: readonly string[];
}

export type Firmware =
  | { readonly kind: 'bios' | 'device-tree' }
  | {
      readonly kind: 'uefi';
      readonly bits: 32 | 64;
      /** The variables' values; left out where they cannot be read. */
      readonly secureBoot?: 0 | 1;
      readonly setupMode?: 0 | 1;
    };

/** The gzipped tar of a machine's capture. */
export function captureOf(description: MachineDescription): Buffer {
  const machine = new MachineBuilder(description.hasUdev ?? true);
  const { entries } = machine;
  entries.file('capture', 'genctl-capture 1\nredacted yes\n');
  place(description.devices, { machine, path: 'devices', idPath: '' });
  machine.finish();
  addFirmware(machine, description);
  for (const [name, value] of Object.entries(description.dmi ?? {})) {
    entries.file(`sys/class/dmi/id/${name}`, `${value}\n`);
  }
  if (description.hypervisor !== undefined) {
    entries.file('sys/hypervisor/type', `${description.hypervisor}\n`);
  }
  addProc(machine, description);
  for (const [uuid, members] of Object.entries(description.btrfs ?? {})) {
    for (const member of members) {
      entries.link(`sys/fs/btrfs/${uuid}/devices/${member}`, `sys/${machine.blockPath(member)}`);
    }
  }
  for (const [uuid, members] of Object.entries(description.bcachefs ?? {})) {
    entries.folder(`sys/fs/bcachefs/${uuid}`);
    for (const [index, member] of members.entries()) {
      const path = `sys/fs/bcachefs/${uuid}/dev-${index}/block`;
      entries.link(path, `sys/${machine.blockPath(member)}`);
    }
  }
  if (description.zfs !== undefined) {
    const lines = Object.entries(description.zfs).map(entry => `${entry.join('\t')}\n`);
    entries.file('zfs/mountpoints', lines.join(''));
  }
  for (const [path, content] of Object.entries(description.files ?? {})) {
    entries.file(path, content);
  }
  for (const path of description.unreadable ?? []) entries.remove(path);
  return entries.pack();
}

function addFirmware({ entries }: MachineBuilder, description: MachineDescription): void {
  const { firmware, deviceTree } = description;
  if (firmware.kind === 'uefi') {
    entries.file('sys/firmware/efi/fw_platform_size', `${firmware.bits}\n`);
    const guid = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
    // Four bytes of attributes (boot service and runtime access), then the value.
    const variable = (value: number): Buffer => Buffer.from([6, 0, 0, 0, value]);
    if (firmware.secureBoot !== undefined) {
      entries.file(`sys/firmware/efi/efivars/SecureBoot-${guid}`, variable(firmware.secureBoot));
      entries.file(`sys/firmware/efi/efivars/SetupMode-${guid}`, variable(firmware.setupMode ?? 0));
    }
  }
  if (deviceTree !== undefined) {
    entries.file('sys/firmware/devicetree/base/model', `${deviceTree.model}\0`);
    entries.file(
      'sys/firmware/devicetree/base/compatible',
      deviceTree.compatible.map(word => `${word}\0`).join(''),
    );
  }
}

function addProc({ entries }: MachineBuilder, description: MachineDescription): void {
  const { release } = description;
  const efi = description.firmware.kind === 'uefi' ? [efiVariablesMount] : [];
  const [root, ...others] = description.mounts;
  const mounts = root === undefined ? [] : [...kernelMounts, ...efi, root, ...others];
  entries.file('proc/self/mountinfo', mountInfo(mounts));
  entries.file('proc/cpuinfo', description.processors);
  entries.file('proc/cmdline', `${description.commandLine}\n`);
  entries.file(
    'proc/version',
    `Linux version ${release} (builder@host) (gcc (GCC) 12.3.0, GNU ld (GNU Binutils) 2.40) #1 SMP PREEMPT_DYNAMIC\n`,
  );
  entries.file('proc/sys/kernel/osrelease', `${release}\n`);
  entries.file('proc/swaps', swapTable(description.swaps ?? []));
  entries.file('proc/mdstat', description.mdstat ?? 'Personalities : \nunused devices: <none>\n');
  entries.file('proc/modules', description.modules.map(name => `${name} 65536 1 -\n`).join(''));
  entries.file('proc/filesystems', 'nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\n\text4\n\tvfat\n');
}
