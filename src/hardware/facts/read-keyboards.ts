import { byBytes } from '../../host/folder.ts';
import type { FileTree } from '../sources/file-tree.ts';
import type { Keyboard } from './facts.ts';

/** Keys 1 to 31 of Linux's input-event-codes.h: Escape, digits, and letters up to S. */
const typingKeys = 0xff_ff_ff_fe;

/**
 * A HID device by the number of its bus (BUS_BLUETOOTH of Linux's input.h): below the adapter, or
 * below `virtual/misc/uhid`, where BlueZ itself reads what is typed.
 */
const bluetoothDevice = /\/0005:[0-9A-F]{4}:[0-9A-F]{4}\./;

/**
 * Keyboards that somebody can type on, by path: power buttons and remote controls are input devices
 * with keys too. Keyboards that a program makes (uinput) are no hardware and left out.
 */
export function readKeyboards(tree: FileTree): readonly Keyboard[] {
  const text = tree.text('/proc/bus/input/devices') ?? '';
  return text
    .split('\n\n')
    .flatMap(block => readKeyboard(block.split('\n')) ?? [])
    .toSorted((left, right) => byBytes(left.path, right.path));
}

/** One device is some lines, `N: Name="…"`, `S: Sysfs=…`, `B: KEY=…`. */
function readKeyboard(lines: readonly string[]): Keyboard | undefined {
  const path = afterMark('S: Sysfs=', lines)?.trim();
  const keys = afterMark('B: KEY=', lines);
  if (path === undefined || keys === undefined) return undefined;
  const isBluetooth = bluetoothDevice.test(path);
  if (!path.startsWith('/devices/')) return undefined;
  if (path.startsWith('/devices/virtual/') && !isBluetooth) return undefined;
  if (!hasTypingKeys(keys.trim())) return undefined;
  const title = afterMark('N: Name="', lines) ?? '';
  return { title: title.replace(/"$/, ''), path, isBluetooth };
}

/** Words in hexadecimal digits, the lowest last; how long they are depends on the processor. */
function hasTypingKeys(bitmap: string): boolean {
  const lowest = Number.parseInt(/([0-9a-f]{1,8})$/i.exec(bitmap)?.[1] ?? '0', 16);
  return (lowest & typingKeys) >>> 0 === typingKeys;
}

function afterMark(mark: string, lines: readonly string[]): string | undefined {
  return lines.find(line => line.startsWith(mark))?.slice(mark.length);
}
