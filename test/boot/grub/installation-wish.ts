import type { GrubSettings } from '../../../src/boot/grub/grub-settings.ts';
import type {
  InstallationPlace,
  InstallationWish,
} from '../../../src/boot/grub/installation/installation-wish.ts';
import type { GrubPackages } from '../../../src/boot/grub/installation/read-packages.ts';
import { layoutOf } from '../../../src/boot/layout.ts';
import { plainSettings } from './plain-settings.ts';

const settings: GrubSettings = { ...plainSettings, canTouchEfiVariables: true };

const place: InstallationPlace = {
  boot: '/boot',
  device: {
    modules: ['part_gpt', 'ext2'],
    cryptodisks: [],
    search: { by: 'fs-uuid', value: '1ee6030e-754f-4f58-80f8-b6a5604740e1' },
    path: '',
    unwritable: undefined,
  },
  isAssembled: false,
  isDiskToCome: false,
  esp: '/efi',
  foreignMenu: undefined,
  devices: ['/dev/sda'],
};

const packages: GrubPackages = {
  hasInstaller: true,
  builds: new Map([
    ['i386-pc', '2.06 1'],
    ['x86_64-efi', '2.06 1'],
  ]),
  signed: new Map(),
  hasFont: true,
};

/** A machine with a BIOS, one disk and GRUB's packages, and what is otherwise. */
export function installationWish(
  change: Partial<Omit<InstallationWish, 'settings' | 'place' | 'packages'>> & {
    settings?: Partial<GrubSettings>;
    place?: Partial<InstallationPlace>;
    packages?: Partial<GrubPackages>;
  },
): InstallationWish {
  return {
    layout: layoutOf('0a1b2c3d-1111-4222-8333-444455556666'),
    platform: 'x86_64-linux',
    firmware: undefined,
    stub: 'configfile $prefix/menu.cfg\n',
    round: 0,
    started: undefined,
    ...change,
    settings: { ...settings, ...change.settings },
    place: { ...place, ...change.place },
    packages: { ...packages, ...change.packages },
  };
}
