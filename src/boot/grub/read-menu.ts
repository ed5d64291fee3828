import type { Folder } from '../../host/folder.ts';
import { type BootLayout, isMenuName } from '../layout.ts';
import type { MenuLine } from '../menu-line.ts';
import { openBelow } from '../read-boot-partition.ts';
import { commandLineOf } from './script/kernel-words.ts';
import { type Command, commandsOf, parseScript, textOf } from './script/parse-script.ts';

/** Much more than any entry has. */
const maxEntryBytes = 1 << 20;

/** Indexes name each entry, some twice. */
const maxIndexBytes = 4 << 20;

/** Submenus within submenus. */
const deepest = 16;

/**
 * What boots when nobody picks an entry, by its identifier: of those that lead there the last.
 *
 * @param sector the text of `default.cfg`
 */
export function defaultOfSector(sector: string): string | undefined {
  return pathOfDefault(sector)?.split('>').at(-1);
}

/** The identifiers that lead to it, as GRUB is told them: `all>genctl-0123abcd-12-abcdef012345`. */
export function pathOfDefault(sector: string): string | undefined {
  return valueIn(sector, 'genctl_default');
}

/** The name of the index that a sector has GRUB read. */
export function indexOfSector(sector: string): string | undefined {
  const name = valueIn(sector, 'genctl_index')?.split('/').at(-1);
  return name !== undefined && isMenuName(name) ? name : undefined;
}

/** What a script sets a variable to in the end; variables in that are left out. */
function valueIn(source: string, variable: string): string | undefined {
  const commands = commandsOf(parseScript(source).statements);
  const set = commands.findLast(
    ({ words: [first, second] }) =>
      textOf(first) === 'set' && textOf(second).startsWith(`${variable}=`),
  );
  return set && textOf(set.words[1]).slice(variable.length + 1);
}

/**
 * The entries as GRUB's menu shows them, top to bottom, each once: ours, and those of other systems
 * that the index has. Entries that start nothing are left out.
 *
 * @param top the folder of the boot partition
 */
export function readGrubMenu(top: Folder, layout: BootLayout): MenuLine[] {
  using folder = openBelow(top, layout.grub.folder);
  if (folder === undefined) return [];
  const sector = readText(folder, 'default.cfg', maxEntryBytes) ?? '';
  const index = readText(folder, indexToRead(folder, sector), maxIndexBytes);
  using entries = openBelow(top, layout.grub.entryFolder);
  const reader = new MenuReader(entries, layout);
  reader.read(index ?? '', 0);
  const chosen = defaultOfSector(sector);
  return [...reader.lines.values()].map(line => ({ ...line, isDefault: line.id === chosen }));
}

/** As the sector has it: its own, or the last of those that are there. */
function indexToRead(folder: Folder, sector: string): string {
  const wanted = indexOfSector(sector);
  const names = folder.names().filter(isMenuName);
  return wanted !== undefined && names.includes(wanted) ? wanted : (names.at(-1) ?? 'default.cfg');
}

function readText(folder: Folder, name: string, maxBytes: number): string | undefined {
  const stat = folder.stat(name);
  if (stat?.kind !== 'file' || stat.sizeBytes > maxBytes) return undefined;
  return folder.readFile(name).toString('utf8');
}

type Line = Omit<MenuLine, 'isDefault'>;

class MenuReader {
  /** By identifier. */
  readonly lines = new Map<string, Line>();
  /** Files of entries, which are sourced more than once. */
  readonly #sourced = new Set<string>();
  readonly #entries: Folder | undefined;
  readonly #layout: BootLayout;

  constructor(entries: Folder | undefined, layout: BootLayout) {
    this.#entries = entries;
    this.#layout = layout;
  }

  read(source: string, depth: number): void {
    if (depth > deepest) return;
    this.#readCommands(commandsOf(parseScript(source).statements), depth);
  }

  #readCommands(commands: readonly Command[], depth: number): void {
    for (const command of commands) {
      const name = textOf(command.words[0]);
      if (name === 'source' || name === '.') this.#source(command, depth);
      if (name === 'menuentry') this.#add(command);
      if (name === 'submenu' && depth < deepest) {
        this.#readCommands(commandsOf(command.block ?? []), depth + 1);
      }
    }
  }

  #source({ words }: Command, depth: number): void {
    const name = textOf(words[1]).split('/').at(-1) ?? '';
    if (name === '' || this.#entries === undefined || this.#sourced.has(name)) return;
    this.#sourced.add(name);
    this.read(readText(this.#entries, name, maxEntryBytes) ?? '', depth + 1);
  }

  #add({ words, block }: Command): void {
    const { id, title } = headOf(words.slice(1).map(textOf));
    const started = startedBy(commandsOf(block ?? []));
    if (started === undefined || this.lines.has(id ?? title)) return;
    const [file, ...options] = started.words.slice(1).map(textOf);
    this.lines.set(id ?? title, {
      id: id ?? title,
      title,
      linux: this.#onPartition(file ?? ''),
      options: commandLineOf(options),
    });
  }

  /** Copies by their path on the partition, wherever that is mounted when it is not on its own. */
  #onPartition(path: string): string {
    const at = path.indexOf(`/${this.#layout.blobFolder}/`);
    // What is before it is a variable: the device.
    return at === -1 ? path.replace(/^\(\)/, '') : path.slice(at);
  }
}

/** What starts a system, whatever it is. */
function startedBy(commands: readonly Command[]): Command | undefined {
  const starters = ['linux', 'linuxefi', 'linux16', 'chainloader', 'configfile', 'multiboot2'];
  return commands.find(({ words: [first] }) => starters.includes(textOf(first)));
}

const withValue = /^--(?:id|class|users|hotkey|source)$/;

/** The title of an entry is its first word that belongs to no option. */
function headOf(words: readonly string[]): { id: string | undefined; title: string } {
  let id: string | undefined;
  let title: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const [, name, value] = /^--(\w+)=([^]*)$/.exec(word) ?? [];
    if (word === '--') {
      title ??= words[at + 1];
      break;
    }
    if (withValue.test(word)) {
      at += 1;
      if (word === '--id') id = words[at];
    } else if (name === 'id') {
      id = value;
    } else if (!word.startsWith('--') && word !== '') {
      title ??= word;
    }
  }
  return { id, title: title ?? '' };
}
