import { type FileTree, line } from '../sources/file-tree.ts';
import type { DmiFacts } from './facts.ts';

/** What makers leave in the fields that they were to fill in. */
const placeholders: ReadonlySet<string> = new Set([
  '(null)',
  'all series',
  'base board manufacturer',
  'base board product name',
  'default',
  'default string',
  'empty',
  'family',
  'invalid',
  'n/a',
  'na',
  'none',
  'not applicable',
  'not available',
  'not specified',
  'null',
  'o.e.m.',
  'oem',
  'product name',
  'sku',
  'system family',
  'system manufacturer',
  'system name',
  'system product name',
  'system sku',
  'system version',
  'to be filled by o.e.m',
  'to be filled by o.e.m.',
  'to be filled by oem',
  'type1family',
  'type1productconfigid',
  'type1sku0',
  'undefined',
  'unknown',
]);

/** What the firmware says of the machine (SMBIOS 3, types 0 to 3); null where there is none. */
export function readDmi(tree: FileTree): DmiFacts | null {
  const facts: DmiFacts = {
    systemVendor: readField(tree, 'sys_vendor'),
    productName: readField(tree, 'product_name'),
    productVersion: readField(tree, 'product_version'),
    productFamily: readField(tree, 'product_family'),
    productSku: readField(tree, 'product_sku'),
    boardVendor: readField(tree, 'board_vendor'),
    boardName: readField(tree, 'board_name'),
    chassisType: toChassisType(readField(tree, 'chassis_type')),
    biosVendor: readField(tree, 'bios_vendor'),
    biosVersion: readField(tree, 'bios_version'),
  };
  return Object.values(facts).every(value => value === null) ? null : facts;
}

function readField(tree: FileTree, name: string): string | null {
  const text = line(tree, `/sys/class/dmi/id/${name}`);
  return text === undefined || isPlaceholder(text) ? null : text;
}

/** Also `0`, `00000000`, `xxxx`, `......` */
function isPlaceholder(text: string): boolean {
  return placeholders.has(text.toLowerCase()) || /^([0x._ *-])\1*$/i.test(text);
}

/** 2 is SMBIOS's own word for unknown; bit 7 says that the case has a lock. */
function toChassisType(text: string | null): number | null {
  if (text === null || !/^\d{1,3}$/.test(text)) return null;
  const type = Number(text) & 0x7f;
  return type === 0 || type === 2 ? null : type;
}
