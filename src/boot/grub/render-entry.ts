import entrySource from '../../../templates/grub/entry.cfg.eta';
import { grubWord, template } from '../../template.ts';
import { digestOfText } from '../../transaction/lower.ts';
import { blobsOf, copyPath } from '../copied-blobs.ts';
import type { BootLayout } from '../layout.ts';
import type { Blob, MenuEntry } from '../menu.ts';
import type { WantedFile } from '../wanted.ts';
import { fileWord, findDevice } from './grub-file.ts';
import type { GrubPlace } from './grub-place.ts';
import { kernelWords } from './script/kernel-words.ts';

interface EntryText {
  id: string;
  title: string;
  /** Undefined where nothing is read from the store. */
  findStore: string | undefined;
  /** Rendered words, as all below but for `words`. */
  files: readonly string[];
  linux: string;
  words: readonly string[];
  initrds: readonly string[];
  devicetree: string | undefined;
}

const render = template<EntryText>(entrySource, grubWord);

/** An entry's file, and the identifier by which GRUB knows it. */
export interface RenderedEntry {
  entry: MenuEntry;
  id: string;
  file: WantedFile;
}

/**
 * One entry as GRUB shows it. It works by itself, too: sourced from GRUB's command line with `root`
 * set to the boot partition. Pure.
 *
 * @throws GenctlError UNSAFE_TEXT, GRUB_PARAMETER
 */
export function renderEntry(entry: MenuEntry, place: GrubPlace, layout: BootLayout): RenderedEntry {
  const store = 'unreachable' in place.store ? undefined : place.store;
  const word = (blob: Blob): string =>
    store === undefined
      ? fileWord({ onBoot: copyPath(layout, blob) }, place.boot, store)
      : fileWord({ inStore: blob.source }, place.boot, store);
  const textFor = (id: string): string =>
    render({
      id,
      title: entry.title,
      findStore: store && indented(findDevice(store, 'genctl_store'), 4),
      files: blobsOf(entry).map(word),
      linux: word(entry.linux),
      words: kernelWords(entry.options),
      initrds: entry.initrds.map(word),
      devicetree: entry.devicetree && word(entry.devicetree),
    });
  // Named by its content, as under systemd-boot; but for its own name, which is part of it.
  const content = digestOfText(textFor('')).sha256.slice(0, 12);
  const id = `${layout.entryPrefix}${entry.key.number}-${content}`;
  const text = textFor(id);
  const uses = store === undefined ? blobsOf(entry).map(blob => copyPath(layout, blob)) : [];
  return {
    entry,
    id,
    file: {
      kind: 'entry',
      path: entryPath(id, layout),
      ...digestOfText(text),
      content: { text },
      key: entry.key,
      uses: [...new Set(uses)],
    },
  };
}

/** Where the file of an entry is on the boot partition. */
export function entryPath(id: string, { grub }: BootLayout): string {
  return `${grub.entryFolder}/${id}.cfg`;
}

function indented(text: string, columns: number): string {
  return text
    .trimEnd()
    .split('\n')
    .map(line => ' '.repeat(columns) + line)
    .join('\n');
}
