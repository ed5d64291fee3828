import type { FileTree } from '../sources/file-tree.ts';
import { blkidFolder } from '../sources/genctl-files.ts';
import type { ContentFacts, PartitionFacts } from './facts.ts';
import { parseAssignments } from './parse-assignments.ts';
import { decodeUdevText, parseUdevRecord } from './parse-udev-record.ts';

/** What udev or blkid have found on a block device. */
export interface Probe {
  readonly properties: ReadonlyMap<string, string>;
  /** Names below /dev; none where udev does not run. */
  readonly links: readonly string[];
}

/**
 * Reads what was found on a block device: udev's record, and blkid's answer where udev has found
 * no content there, or does not run.
 *
 * @param number `8:1`
 */
export function readProbe(tree: FileTree, name: string, number: string): Probe {
  const record = parseUdevRecord(tree.text(`/run/udev/data/b${number}`) ?? '');
  const { properties } = record;
  if (properties.has('ID_FS_TYPE') || properties.has('ID_PART_TABLE_TYPE')) return record;
  const answer = tree.text(`${blkidFolder}/${name}`);
  if (answer === undefined) return record;
  return {
    properties: new Map([...properties, ...parseAssignments(answer)]),
    links: record.links,
  };
}

/** What lies on the device; null where nothing was found. */
export function contentOf({ properties }: Probe): ContentFacts | null {
  const type = properties.get('ID_FS_TYPE');
  if (type === undefined || type === '') return null;
  return {
    type,
    uuid: decoded(properties, 'ID_FS_UUID'),
    memberUuid: decoded(properties, 'ID_FS_UUID_SUB'),
    label: decoded(properties, 'ID_FS_LABEL'),
  };
}

/**
 * What the partition table says.
 *
 * @param number where the kernel says it and nobody has read the table
 */
export function partitionOf({ properties }: Probe, number: number): PartitionFacts {
  const told = Number(properties.get('ID_PART_ENTRY_NUMBER'));
  return {
    number: Number.isSafeInteger(told) && told > 0 ? told : number,
    table: tableOf(properties.get('ID_PART_ENTRY_SCHEME')),
    uuid: filled(properties.get('ID_PART_ENTRY_UUID')),
    name: decoded(properties, 'ID_PART_ENTRY_NAME'),
    type: filled(properties.get('ID_PART_ENTRY_TYPE')),
  };
}

function tableOf(scheme: string | undefined): PartitionFacts['table'] {
  if (scheme === undefined) return null;
  return scheme === 'gpt' || scheme === 'dos' ? scheme : 'other';
}

/** The value as it is on the disk; the plain property has `_` for what it does not like. */
function decoded(properties: ReadonlyMap<string, string>, key: string): string | null {
  const value = properties.get(`${key}_ENC`) ?? properties.get(key);
  return value === undefined ? null : filled(decodeUdevText(value));
}

function filled(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}
