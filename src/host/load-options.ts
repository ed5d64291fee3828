import { GenctlError } from '../errors.ts';
import {
  readFirmwareVariable,
  removeFirmwareVariable,
  writeFirmwareVariable,
} from './efi-variables.ts';
import { type LoadOption, parseLoadOption, withFile } from './load-option.ts';
import type { Root } from './root.ts';

const efivars = '/sys/firmware/efi/efivars';

/** `Boot####` of the firmware's own variables. */
const fileName = /^Boot([0-9A-F]{4})-8be4df61-93ca-11d2-aa0d-00e098032b8c$/;

/** Reads the entries of the running machine's firmware. Another root has none. */
export function readLoadOptions(root: Root): LoadOption[] {
  if (!root.isLive) return [];
  using folder = root.folderIfThere(efivars);
  return (folder?.names() ?? []).flatMap(name => {
    const number = fileName.exec(name)?.[1];
    return (number === undefined ? undefined : readLoadOption(root, number)) ?? [];
  });
}

/** One of them; undefined where there is none of that number, or it starts something else. */
export function readLoadOption(root: Root, number: string): LoadOption | undefined {
  const content = readFirmwareVariable(root, `Boot${number}`);
  return content && parseLoadOption(number, content);
}

/**
 * Lets an entry start another file of its partition. Firmware writes a variable as a whole or not at
 * all, so that at every instant one of both files is started; and the order of booting stays.
 *
 * @throws GenctlError EFI_VARIABLE_REFUSED where the machine does not let us
 */
export async function pointLoadOption(
  root: Root,
  number: string,
  to: Pick<LoadOption, 'description' | 'path'>,
): Promise<void> {
  const name = `Boot${number}`;
  const content = readFirmwareVariable(root, name);
  if (content === undefined) throw new GenctlError('EFI_VARIABLE_REFUSED', `${name} is gone`);
  await writeFirmwareVariable(root, name, withFile(content, to));
}

/**
 * Deletes an entry, in the order of booting first: what is left of it where this is cut off nobody
 * starts.
 *
 * @throws GenctlError EFI_VARIABLE_REFUSED where the machine does not let us
 */
export async function deleteLoadOption(root: Root, number: string): Promise<void> {
  const order = readFirmwareVariable(root, 'BootOrder');
  const left = order && withoutNumber(order, Number.parseInt(number, 16));
  if (order !== undefined && left !== undefined && left.length < order.length) {
    await writeFirmwareVariable(root, 'BootOrder', left);
  }
  await removeFirmwareVariable(root, `Boot${number}`);
}

/** An order of booting without one of its entries. */
function withoutNumber(order: Buffer, number: number): Buffer {
  const at = [...Array(Math.floor(order.length / 2)).keys()].map(index => 2 * index);
  const kept = at.filter(offset => order.readUInt16LE(offset) !== number);
  return Buffer.concat(kept.map(offset => order.subarray(offset, offset + 2)));
}
