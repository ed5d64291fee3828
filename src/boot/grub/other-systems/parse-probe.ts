import { isPath, isWhole, titleFrom } from './foreign-text.ts';
import { grubWords } from './grub-words.ts';

/** A line of os-prober: a system that it has found. */
export interface ProbedSystem {
  /** `/dev/sda2` */
  device: string;
  title: string;
  start:
    | { by: 'boot-sector' }
    /** A program of the ESP, by its path there. */
    | { by: 'efi'; path: string }
    /** A kernel: linux-boot-prober knows which. */
    | { by: 'linux' };
}

/** A line of linux-boot-prober: one way to boot a system. */
export interface ProbedKernel {
  /** Device of its root file system. */
  root: string;
  /** Device that kernel and initrds are on. */
  boot: string;
  /** What that system's own menu says; may be empty. */
  label: string;
  /** Paths from the top of `boot`. */
  linux: string;
  initrds: readonly string[];
  options: readonly string[];
}

/** A line that is not used, and why. */
export interface UnusedLine {
  line: string;
  /** One clause without a full stop. */
  reason: string;
}

export interface ParsedLines<Item> {
  items: Item[];
  unused: UnusedLine[];
}

/** Reads what os-prober prints: `DEVICE:LONG:SHORT:TYPE`, behind which may be more. */
export function parseSystems(text: string): ParsedLines<ProbedSystem> {
  return parseLines(text, parseSystem);
}

/** Reads what linux-boot-prober prints: `ROOT:BOOT:LABEL:KERNEL:INITRDS:PARAMETERS`. */
export function parseKernels(text: string): ParsedLines<ProbedKernel> {
  return parseLines(text, parseKernel);
}

function parseLines<Item>(text: string, parse: (line: string) => Item | string): ParsedLines<Item> {
  const parsed: ParsedLines<Item> = { items: [], unused: [] };
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const found = parse(line);
    if (typeof found === 'string') parsed.unused.push({ line, reason: found });
    else parsed.items.push(found);
  }
  return parsed;
}

/** The long name is another system's to choose, and may have colons: what is about it has none. */
const systemLine =
  /^(?<place>[^:]*):(?<long>.*):(?<short>[^:]*):(?<type>[a-z]+)(?::btrfs:[^:]*:[^:]*)?$/su;

function parseSystem(line: string): ProbedSystem | string {
  const { place = '', long = '', short = '', type } = systemLine.exec(line)?.groups ?? {};
  if (type === undefined) return 'it is no line of os-prober’s';
  const at = place.indexOf('@');
  const device = at < 0 ? place : place.slice(0, at);
  if (!isDevice(device)) return 'it names no device';
  const title = titleFrom(long) || titleFrom(short) || device;
  if (type === 'chain') return { device, title, start: { by: 'boot-sector' } };
  if (type === 'linux') return { device, title, start: { by: 'linux' } };
  if (type !== 'efi') return `genctl cannot start what is of the kind ${type}`;
  const path = at < 0 ? '' : place.slice(at + 1);
  return isPath(path) ? { device, title, start: { by: 'efi', path } } : 'it names no program';
}

const kernelLine =
  /^(?<root>[^:]*):(?<boot>[^:]*):(?<label>[^:]*):(?<linux>[^:]*):(?<initrds>[^:]*):(?<parameters>.*)$/su;

function parseKernel(line: string): ProbedKernel | string {
  const groups = kernelLine.exec(line)?.groups;
  if (groups === undefined) return 'it is no line of linux-boot-prober’s';
  const { root = '', boot = '', label = '', initrds = '', parameters = '' } = groups;
  if (!isDevice(root) || !isDevice(boot)) return 'it names no device';
  // Paths are those below the root file system, and GRUB's those of the partition.
  const onPartition = (path: string): string =>
    root === boot ? path : path.replace(/^\/boot(?=\/)/, '');
  const paths = [groups['linux'] ?? '', ...initrds.split(' ').filter(path => path !== '')];
  const [linux = '', ...further] = paths.map(path => onPartition(path.replace(/^\/+/, '/')));
  if (![linux, ...further].every(isPath)) return 'it names no kernel, or no initrd, by its path';
  const options = grubWords(parameters);
  if (options === undefined || !options.every(isWhole)) {
    return 'its kernel parameters cannot be taken over as they are';
  }
  return { root, boot, label: titleFrom(label), linux, initrds: further, options };
}

function isDevice(text: string): boolean {
  return /^\/dev\/[\w.+/-]+$/.test(text) && !text.split('/').includes('..');
}
