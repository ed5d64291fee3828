/** One line of /proc/self/mountinfo, without its numbers of mounts. */
export interface Mount {
  readonly point: string;
  readonly type: string;
  readonly source: string;
  /** `8:1` */
  readonly number: string;
  readonly root: string;
  readonly options: string;
  readonly superOptions: string;
}

/**
 * `mount('/', 'ext4', '/dev/mapper/root', '254:0', 'rw,relatime')`.
 * @param superOptions of the file system; `rw` or `ro` as the mount's where they are left out
 */
export function mount(
  point: string,
  type: string,
  source: string,
  number: string,
  options = 'rw,relatime',
  superOptions = options.split(',')[0] ?? 'rw',
  root = '/',
): Mount {
  return { point, type, source, number, root, options, superOptions };
}

/** The kernel's own file systems, as systemd mounts them. */
export const kernelMounts: readonly Mount[] = [
  mount('/sys', 'sysfs', 'sysfs', '0:21', 'rw,nosuid,nodev,noexec,relatime'),
  mount('/proc', 'proc', 'proc', '0:22', 'rw,nosuid,nodev,noexec,relatime'),
  mount('/dev', 'devtmpfs', 'udev', '0:5', 'rw,nosuid,relatime', 'rw,size=8054432k,mode=755'),
  mount('/dev/pts', 'devpts', 'devpts', '0:23', 'rw,nosuid,noexec,relatime', 'rw,gid=5,mode=620'),
  mount('/run', 'tmpfs', 'tmpfs', '0:24', 'rw,nosuid,nodev', 'rw,size=1615872k,mode=755'),
  mount('/sys/kernel/security', 'securityfs', 'securityfs', '0:6', 'rw,nosuid,nodev,noexec'),
  mount('/dev/shm', 'tmpfs', 'tmpfs', '0:25', 'rw,nosuid,nodev', 'rw'),
  mount('/run/lock', 'tmpfs', 'tmpfs', '0:26', 'rw,nosuid,nodev,noexec', 'rw,size=5120k'),
  mount('/sys/fs/cgroup', 'cgroup2', 'cgroup2', '0:27', 'rw,nosuid,nodev,noexec', 'rw,nsdelegate'),
  mount('/proc/sys/fs/binfmt_misc', 'autofs', 'systemd-1', '0:30', 'rw', 'rw,fd=29,pgrp=1'),
  mount('/dev/hugepages', 'hugetlbfs', 'hugetlbfs', '0:31', 'rw,relatime', 'rw,pagesize=2M'),
  mount('/run/user/1000', 'tmpfs', 'tmpfs', '0:48', 'rw,nosuid,nodev', 'rw,size=1615868k,mode=700'),
];

export const efiVariablesMount = mount(
  '/sys/firmware/efi/efivars',
  'efivarfs',
  'efivarfs',
  '0:28',
  'rw,nosuid,nodev,noexec,relatime',
);

/** /proc/self/mountinfo (proc_pid_mountinfo(5)): `\t`, `\n`, blanks, `#` and `\` are octal. */
export function mountInfo(mounts: readonly Mount[]): string {
  const rootNumber = 22;
  return mounts
    .map((entry, index) => {
      const parent = entry.point === '/' ? 1 : rootNumber;
      const id = entry.point === '/' ? rootNumber : rootNumber + 1 + index;
      const fields = [entry.root, entry.point].map(escaped).join(' ');
      return (
        `${id} ${parent} ${entry.number} ${fields} ${entry.options} shared:${index + 1} - ` +
        `${entry.type} ${escaped(entry.source)} ${entry.superOptions}\n`
      );
    })
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll(/[\t\n \\#]/g, sign => {
    return `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
}

/** `/dev/dm-1 partition 8388604 -2`: path, kind, KiB, priority; as mm/swapfile.c prints it. */
export function swapTable(swaps: readonly string[]): string {
  return [
    'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n',
    ...swaps.map(swap => {
      const [path = '', kind = '', size = '', priority = ''] = swap.split(' ');
      const column = path.padEnd(Math.max(40, path.length + 1));
      const kinds = kind === 'file' ? 'file\t\t' : 'partition\t';
      return `${column}${kinds}${size}\t${Number(size) < 10_000_000 ? '\t' : ''}0\t\t${priority}\n`;
    }),
  ].join('');
}

interface Processor {
  readonly vendor: string;
  readonly family: number;
  readonly model: number;
  readonly name: string;
  readonly count: number;
  /** `vmx`, `svm`, `hypervisor`, among those that every one has. */
  readonly flags: string;
}

/** /proc/cpuinfo of x86 (arch/x86/kernel/cpu/proc.c). */
export function x86Processors(cpu: Processor): string {
  const one = (index: number): string =>
    [
      `processor\t: ${index}`,
      `vendor_id\t: ${cpu.vendor}`,
      `cpu family\t: ${cpu.family}`,
      `model\t\t: ${cpu.model}`,
      `model name\t: ${cpu.name}`,
      'stepping\t: 1',
      'microcode\t: 0xf0',
      'cpu MHz\t\t: 2400.000',
      'cache size\t: 8192 KB',
      'physical id\t: 0',
      `siblings\t: ${cpu.count}`,
      `core id\t\t: ${index}`,
      `cpu cores\t: ${cpu.count}`,
      'fpu\t\t: yes',
      'cpuid level\t: 22',
      'wp\t\t: yes',
      `flags\t\t: fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat clflush mmx fxsr sse sse2 ht syscall nx rdtscp lm constant_tsc ${cpu.flags}`,
      'bugs\t\t: spectre_v1 spectre_v2',
      'bogomips\t: 4800.00',
      'address sizes\t: 39 bits physical, 48 bits virtual',
      'power management:',
      '',
      '',
    ].join('\n');
  return Array.from({ length: cpu.count }, (_, index) => one(index)).join('');
}

/** /proc/cpuinfo of 64-bit ARM (arch/arm64/kernel/cpuinfo.c). */
export function arm64Processors(count: number, part: string): string {
  const one = (index: number): string =>
    [
      `processor\t: ${index}`,
      'BogoMIPS\t: 48.00',
      'Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid',
      'CPU implementer\t: 0x41',
      'CPU architecture: 8',
      'CPU variant\t: 0x0',
      `CPU part\t: ${part}`,
      'CPU revision\t: 4',
      '',
      '',
    ].join('\n');
  return Array.from({ length: count }, (_, index) => one(index)).join('');
}
