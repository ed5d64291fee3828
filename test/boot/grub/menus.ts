// Menus and what they stand in, for tests of GRUB's files.
import { createHash } from 'node:crypto';
import type { GrubDevice, GrubPlace } from '../../../src/boot/grub/grub-place.ts';
import { type GrubSurroundings, noAssets } from '../../../src/boot/grub/surroundings.ts';
import { layoutOf } from '../../../src/boot/layout.ts';
import type { Blob, EntryKey, Menu, MenuEntry } from '../../../src/boot/menu.ts';
import { GenctlError } from '../../../src/errors.ts';
import { plainSettings } from './plain-settings.ts';

export const layout = layoutOf('0123abcd-0000-4000-8000-000000000000');

export const bootDevice: GrubDevice = {
  modules: ['part_gpt', 'ext2'],
  cryptodisks: [],
  search: { by: 'fs-uuid', value: '11111111-2222-4333-8444-555555555555' },
  path: '',
  unwritable: undefined,
};

/** A boot partition of its own, and a store that GRUB does not reach. */
export const copiedPlace: GrubPlace = {
  boot: bootDevice,
  store: { unreachable: 'copyKernels says so' },
};

/** What is in a menu's surroundings unless a test says otherwise. */
export function surroundingsWith(changes: Partial<GrubSurroundings> = {}): GrubSurroundings {
  return {
    place: copiedPlace,
    settings: plainSettings,
    passwords: new Map(),
    others: [],
    assets: noAssets,
    standing: [],
    installation: new GenctlError('GRUB_NOWHERE', 'nothing is installed here'),
    installationAnew: () => {
      throw new Error('nothing is installed here');
    },
    ...changes,
  };
}

export function blobOf(role: Blob['role'], source: string): Blob {
  const sha256 = createHash('sha256').update(source).digest('hex');
  return { role, source, digest: { sizeBytes: source.length, sha256 } };
}

export function entryOf(key: EntryKey, changes: Partial<MenuEntry> = {}): MenuEntry {
  const { profile, number, specialisation } = key;
  const system = `/nix/store/${profile}-${number}`;
  return {
    key,
    title: `Atlas - generation ${number}${specialisation === undefined ? '' : `, ${specialisation}`}`,
    sortKey: 'genctl',
    version: String(number),
    linux: blobOf('linux', `${system}-kernel/bzImage`),
    initrds: [blobOf('initrd', `${system}-initrd/initrd`)],
    options: [`init=${system}/init`, 'quiet'],
    ...changes,
  };
}

export function menuOf(entries: readonly MenuEntry[], changes: Partial<Menu> = {}): Menu {
  return {
    entries,
    default: entries[0]?.key,
    settings: { timeout: 5, editor: true, consoleMode: undefined },
    ...changes,
  };
}

/** Three generations, the newest with a specialisation, and one of another profile. */
export const usualMenu: Menu = menuOf([
  entryOf({ profile: 'system', number: 12 }),
  entryOf({ profile: 'system', number: 12, specialisation: 'rescue' }),
  entryOf({ profile: 'system', number: 11 }),
  entryOf({ profile: 'system', number: 9 }),
  entryOf({ profile: 'work', number: 3 }),
]);
