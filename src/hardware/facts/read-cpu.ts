import type { FileTree } from '../sources/file-tree.ts';
import type { CpuFacts } from './facts.ts';

/** What the kernel says of the first processor, by /proc/cpuinfo's names; and how many there are. */
export interface CpuInfo {
  readonly fields: ReadonlyMap<string, string>;
  /** `flags` of x86, `Features` of ARM. */
  readonly flags: ReadonlySet<string>;
  readonly count: number;
}

/** Reads /proc/cpuinfo, which names each field anew for each architecture. */
export function readCpuInfo(tree: FileTree): CpuInfo {
  const text = tree.text('/proc/cpuinfo') ?? '';
  // Hundreds of processors say the same: what follows the first one is only counted.
  const end = /\n[ \t]*\n/.exec(text)?.index ?? text.length;
  const fields = parseFields(text.slice(0, end));
  // On ARM the machine's own fields stand in a last paragraph, or before the processors.
  if (!fields.has('CPU architecture') && !fields.has('flags')) {
    for (const [key, value] of parseFields(text.slice(end, end + 4096))) {
      if (!fields.has(key)) fields.set(key, value);
    }
  }
  const flags = (fields.get('flags') ?? fields.get('Features') ?? '').split(/\s+/);
  return { fields, flags: new Set(flags), count: text.match(/^processor[ \t]*:/gm)?.length ?? 0 };
}

/** Facts of the processors from what the kernel says of them. */
export function cpuFacts({ fields, flags, count }: CpuInfo): CpuFacts {
  const family = fields.get('cpu family');
  return {
    vendor: fields.get('vendor_id') ?? null,
    model: modelOf(fields),
    family: family !== undefined && /^\d{1,5}$/.test(family) ? Number(family) : null,
    count,
    virtualisation: flags.has('vmx') ? 'vmx' : flags.has('svm') ? 'svm' : null,
    isVirtual: flags.has('hypervisor'),
  };
}

/** x86 and 32-bit ARM, old ARM, PowerPC, RISC-V. */
function modelOf(fields: ReadonlyMap<string, string>): string | null {
  for (const key of ['model name', 'Processor', 'cpu', 'uarch']) {
    const value = fields.get(key);
    if (value !== undefined && value !== '') return value;
  }
  return null;
}

function parseFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(':');
    if (at < 1) continue;
    const key = line.slice(0, at).trim();
    if (!fields.has(key)) fields.set(key, line.slice(at + 1).trim());
  }
  return fields;
}
