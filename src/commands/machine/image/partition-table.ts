import { type DiskLayout, type Extent, mebibyte, type PartitionLayout } from './disk-layout.ts';

/** Types of GPT partitions, by the Discoverable Partitions Specification. */
const espType = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';

/** GRUB's own, which is in no specification. */
const biosBootType = '21686148-6449-6E6F-744E-656564454649';

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
export function renderPartitionTable(
  { biosBoot, esp, root }: DiskLayout,
  platform: string,
): string {
  const lines = [
    'label: gpt',
    ...(biosBoot === undefined ? [] : [partitionLine(biosBoot, biosBootType, 'BIOS-boot')]),
    ...(esp === undefined ? [] : [partitionLine(esp, espType, 'ESP')]),
    partitionLine(root, rootTypes[platform] ?? linuxData, 'root'),
  ];
  return `${lines.join('\n')}\n`;
}

/** Places and sizes without a unit would be sectors. Names hold nothing that sfdisk would misread. */
function partitionLine(
  { offsetBytes, sizeBytes, names }: Extent & Partial<Pick<PartitionLayout, 'names'>>,
  type: string,
  name: string,
): string {
  const { partLabel, partUuid } = names ?? {};
  return [
    `start=${offsetBytes / mebibyte}MiB`,
    `size=${sizeBytes / mebibyte}MiB`,
    `type=${type}`,
    `name="${partLabel ?? name}"`,
    ...(partUuid === undefined ? [] : [`uuid=${partUuid}`]),
  ].join(', ');
}
