// What GRUB boots from a partition in memory: the sector that names the default, the index, the
// entry's own file, and what that loads.
import { defaultOfSector, indexOfSector } from '../../src/boot/grub/read-menu.ts';
import { sectorBytes } from '../../src/transaction/lower.ts';
import type { SimulatedState } from '../../src/transaction/simulate.ts';
import type { BootVolumeId } from '../../src/transaction/step.ts';
import type { BrokenEntry, Verdict, WalkedMenu } from './walked-menu.ts';

/** The folder of one installation on a partition that GRUB reads. */
export interface GrubFolder {
  volume: BootVolumeId;
  /** The first digits of its owner. */
  owner: string;
}

/** The menu as a walk judges it. */
export function grubMenu(place: GrubFolder): WalkedMenu {
  return {
    name: `GRUB on ${place.volume}`,
    disk: diskOf(place.volume),
    verdict: state => grubVerdict(state, place),
    chosen: state => defaultOfSector(sectorOf(state, place) ?? ''),
    broken: state => brokenGrubEntries(state, place),
  };
}

/** Volumes of one target end in the same number. */
export function diskOf(volume: BootVolumeId): string {
  return /\d*$/.exec(volume)?.[0] ?? '';
}

/** The installations that have GRUB read a menu on some volumes. */
export function grubFolders(
  { files }: SimulatedState,
  volumes: readonly BootVolumeId[],
): GrubFolder[] {
  return [...files.keys()].flatMap(key => {
    const [, volume, owner] = /^([^:]+):genctl\/([0-9a-f]{8})\/default\.cfg$/.exec(key) ?? [];
    const known = volumes.find(each => each === volume);
    return known === undefined || owner === undefined ? [] : [{ volume: known, owner }];
  });
}

/** What boots when nobody picks an entry, or why nothing does. */
export function grubVerdict(state: SimulatedState, place: GrubFolder): Verdict {
  const text = sectorOf(state, place);
  if (text === undefined) return { broken: 'the sector names no default' };
  const id = defaultOfSector(text);
  const index = indexInForce(state, place);
  if (index === undefined) return { broken: 'there is no index' };
  if (id === undefined) return { broken: 'the sector names no default' };
  if (!idsOfIndex(index).includes(id)) return { broken: `the index does not have ${id}` };
  const entry = state.files.get(keyOf(place, `entries/${id}.cfg`))?.text;
  if (entry === undefined || entry === '') return { broken: `${id} is missing or torn` };
  const lost = lostFile(state, place, entry);
  if (lost !== undefined) return { broken: `${lost} is missing or torn` };
  const system = systemOf(entry);
  if (system === undefined) return { broken: `${id} is cut off` };
  if (!state.storePaths.has(system)) return { broken: `${id} boots ${system}, which is gone` };
  return { entry: id };
}

/** Identifiers of the entries that the index in force has, each once. */
export function listedEntries(state: SimulatedState, place: GrubFolder): Set<string> {
  return new Set(idsOfIndex(indexInForce(state, place) ?? ''));
}

/** Entries of ours that boot nothing; torn ones, which GRUB does not show, are not among them. */
export function brokenGrubEntries(state: SimulatedState, place: GrubFolder): BrokenEntry[] {
  const start = keyOf(place, 'entries/genctl-');
  const linked = new Set(state.links.values());
  return [...state.files].flatMap(([key, { text }]) => {
    const isEntry = key.startsWith(start) && key.endsWith('.cfg');
    if (!isEntry || text === undefined || !/^\s*linux /m.test(text)) return [];
    const lost = lostFile(state, place, text);
    if (lost !== undefined) return [{ key, reason: `${lost} is missing or torn` }];
    const system = systemOf(text) ?? 'no system';
    if (!state.storePaths.has(system)) return [{ key, reason: `${system} is gone` }];
    const isKept =
      linked.has(system) ||
      !state.references.has(system) ||
      [...state.references].some(([path, inner]) => linked.has(path) && inner.includes(system));
    return isKept ? [] : [{ key, reason: `no link leads to ${system}` }];
  });
}

/** Where the one that the sector names has gone, GRUB reads any other. */
function indexInForce(state: SimulatedState, place: GrubFolder): string | undefined {
  const textOf = (key: string): string | undefined => state.files.get(key)?.text;
  const named = indexOfSector(sectorOf(state, place) ?? '');
  const start = keyOf(place, 'menu-');
  const others = [...state.files.keys()].filter(
    key => key.startsWith(start) && key.endsWith('.cfg'),
  );
  const wanted = named === undefined ? [] : [keyOf(place, named)];
  return [...wanted, ...others].map(textOf).find(text => text !== undefined && text !== '');
}

function idsOfIndex(text: string): string[] {
  return [...text.matchAll(/\/entries\/(genctl-[^\s'"/]+)\.cfg/g)].map(([, id = '']) => id);
}

function sectorOf(state: SimulatedState, place: GrubFolder): string | undefined {
  const text = state.files.get(keyOf(place, 'default.cfg'))?.text;
  return Buffer.byteLength(text ?? '') === sectorBytes ? text : undefined;
}

/** A kernel or initrd that an entry loads, and that is not there. */
function lostFile(state: SimulatedState, place: GrubFolder, entry: string): string | undefined {
  for (const line of entry.split('\n')) {
    const [command, ...words] = line.trim().split(/\s+/);
    if (command !== 'linux' && command !== 'initrd') continue;
    const files = command === 'linux' ? words.slice(0, 1) : words;
    const lost = files.find(word => !isThere(state, place, word));
    if (lost !== undefined) return lost;
  }
  return undefined;
}

function isThere(state: SimulatedState, { volume }: GrubFolder, word: string): boolean {
  // A copy's name holds the beginning of its hash.
  const [copy, hash = ''] = /EFI\/genctl\/.*-([0-9a-f]{32})\.[a-z]+/.exec(word) ?? [];
  if (copy !== undefined) {
    return state.files.get(`${volume}:${copy}`)?.sha256.startsWith(hash) === true;
  }
  const [storePath] = /\/nix\/store\/[^/'"]+/.exec(word) ?? [];
  return storePath !== undefined && state.storePaths.has(storePath);
}

function systemOf(entry: string): string | undefined {
  return /init=(\/nix\/store\/[^/]+)\/init/.exec(entry)?.[1];
}

function keyOf({ volume, owner }: GrubFolder, name: string): string {
  return `${volume}:genctl/${owner}/${name}`;
}
