import { type DiskLayout, mebibyte, type PartitionLayout } from './disk-layout.ts';

/** Types of GPT partitions, by the Discoverable Partitions Specification. */
const espType = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';

const rootTypes: Readonly<Record<string, string>> = {
  'x86_64-linux': '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
  'aarch64-linux': 'B921B045-1DF0-41C3-AF44-4C6F280D3FAE',
};

const linuxData = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';

/**
 * A disk's partition table as a script for sfdisk(8). Pure.
 *
 * @param platform as Nix calls it, `x86_64-linux`
 */
export function renderPartitionTable({ esp, root }: DiskLayout, platform: string): string {
  const lines = [
    'label: gpt',
    partitionLine(esp, espType, 'ESP'),
    partitionLine(root, rootTypes[platform] ?? linuxData, 'root'),
  ];
  return `${lines.join('\n')}\n`;
}

/** Places and sizes without a unit would be sectors. Names hold nothing that sfdisk would misread. */
function partitionLine(
  { offsetBytes, sizeBytes, names: { partLabel, partUuid } }: PartitionLayout,
  type: string,
  name: string,
): string {
  return [
    `start=${offsetBytes / mebibyte}MiB`,
    `size=${sizeBytes / mebibyte}MiB`,
    `type=${type}`,
    `name="${partLabel ?? name}"`,
    ...(partUuid === undefined ? [] : [`uuid=${partUuid}`]),
  ].join(', ');
}
