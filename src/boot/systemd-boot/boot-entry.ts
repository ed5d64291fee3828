import entrySource from '../../../templates/boot-entry.conf.eta';
import { blsValue, template } from '../../template.ts';
import { keyedLines } from './keyed-lines.ts';

/**
 * A Type #1 entry of the Boot Loader Specification (UAPI.1), as text and back. Paths are those
 * of the boot partition, with a leading slash.
 */
export interface BootEntry {
  title: string;
  sortKey: string | undefined;
  version: string | undefined;
  machineId: string | undefined;
  linux: string;
  initrds: readonly string[];
  devicetree: string | undefined;
  options: string;
}

const render = template<BootEntry>(entrySource, blsValue);

/** @throws GenctlError UNSAFE_TEXT for a value that would not stay on its line */
export function renderBootEntry(entry: BootEntry): string {
  return render(entry);
}

/**
 * Reads an entry, anybody's, as systemd-boot does: the first word is the key, the rest of the
 * line the value; what is not known is passed over. Undefined without a kernel to boot.
 */
export function parseBootEntry(text: string): BootEntry | undefined {
  const values = new Map<string, string[]>();
  for (const [key, value] of keyedLines(text)) {
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const last = (key: string): string | undefined => values.get(key)?.at(-1);
  const linux = last('linux') ?? last('efi') ?? last('uki');
  if (linux === undefined) return undefined;
  return {
    title: last('title') ?? '',
    sortKey: last('sort-key'),
    version: last('version'),
    machineId: last('machine-id'),
    linux,
    initrds: values.get('initrd') ?? [],
    devicetree: last('devicetree'),
    options: (values.get('options') ?? []).join(' '),
  };
}
