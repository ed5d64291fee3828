// The menus whose files are kept beside, to be read.
import type { GrubSurroundings } from '../../../src/boot/grub/surroundings.ts';
import type { Menu } from '../../../src/boot/menu.ts';
import { bootDevice, copiedPlace, entryOf, menuOf, surroundingsWith, usualMenu } from './menus.ts';
import { plainSettings } from './plain-settings.ts';

interface GoldenMenu {
  menu: Menu;
  surroundings: GrubSurroundings;
}

const hash = `grub.pbkdf2.sha512.10000.${'AB'.repeat(32)}.${'CD'.repeat(64)}`;

export const goldenMenus: Record<string, () => GoldenMenu> = {
  /** Kernels beside the menu, an older default. */
  copied: () => ({
    menu: { ...usualMenu, default: { profile: 'system', number: 11 } },
    surroundings: surroundingsWith(),
  }),

  /** On a subvolume of btrfs below LUKS and LVM, which GRUB can read and not write. */
  store: () => {
    const device = {
      modules: ['part_gpt', 'luks', 'cryptodisk', 'lvm', 'btrfs'],
      cryptodisks: ['0f0e0d0c0b0a09080706050403020100'],
      search: { by: 'name' as const, value: 'lvm/vg-root' },
      unwritable: 'btrfs',
    };
    return {
      menu: menuOf(
        [
          entryOf(
            { profile: 'system', number: 2 },
            {
              options: ['init=/nix/store/system-2/init', 'a="b c"', 'd=$e*'],
              devicetree: {
                role: 'devicetree',
                source: '/nix/store/x-dtb/y.dtb',
                digest: undefined,
              },
            },
          ),
          entryOf({ profile: 'system', number: 1 }),
        ],
        { settings: { timeout: 'menu-hidden', editor: true, consoleMode: undefined } },
      ),
      surroundings: surroundingsWith({
        place: {
          boot: { ...device, path: '/@/boot' },
          store: { ...device, path: '/@/nix/store' },
        },
      }),
    };
  },

  /** All that a declaration can say. */
  everything: () => ({
    menu: {
      ...usualMenu,
      settings: { timeout: 'menu-force', editor: false, consoleMode: undefined },
    },
    surroundings: surroundingsWith({
      place: {
        ...copiedPlace,
        boot: { ...bootDevice, search: { by: 'label', value: "it's boot" } },
      },
      passwords: new Map([['root', hash]]),
      settings: {
        ...plainSettings,
        default: 'saved',
        timeoutStyle: 'countdown',
        terminalInput: ['console', 'serial'],
        terminalOutput: ['gfxterm', 'serial'],
        serial: '--unit=0 --speed=115200',
        gfxmode: '1024x768,auto',
        gfxpayload: 'keep',
        font: '/etc/genctl/font.pf2',
        backgroundColor: '#2f302f',
        users: [{ name: 'root', password: { hashed: hash } }],
        unrestricted: false,
        extraConfig: 'set menu_color_normal=light-gray/black',
        extraEntriesBefore: "menuentry 'Memory test' {\n  linux16 /memtest\n}\n",
        extraEntries: "menuentry 'Power off' {\n  halt\n}\n",
      },
      others: [
        { kind: 'grub-menu', title: 'Debian', fsUuid: undefined, path: '/grub/grub.cfg' },
        { kind: 'grub-menu', title: 'Fedora', fsUuid: '1234-5678', path: '/grub2/grub.cfg' },
        {
          kind: 'efi',
          title: 'Windows',
          fsUuid: 'ABCD-1234',
          path: '/EFI/Microsoft/Boot/bootmgfw.efi',
        },
        { kind: 'boot-sector', title: 'Windows XP', fsUuid: '0123456789ABCDEF' },
        {
          kind: 'linux',
          title: 'Arch (it\'s "new")',
          fsUuid: '99999999-2222-4333-8444-555555555555',
          linux: '/boot/vmlinuz-linux',
          initrds: ['/boot/amd-ucode.img', '/boot/initramfs-linux.img'],
          options: ['root=UUID=99999999-2222-4333-8444-555555555555', 'rw'],
        },
      ],
      assets: {
        fonts: [
          { onBoot: 'genctl/0123abcd/asset-1.pf2' },
          { onBoot: 'genctl/0123abcd/theme/a.pf2' },
        ],
        splashImage: { onBoot: 'genctl/0123abcd/asset-2.jpg' },
        theme: { onBoot: 'genctl/0123abcd/theme/theme.txt' },
        copies: [],
      },
      standing: ['genctl-0123abcd-4-abcdefabcdef'],
    }),
  }),
};
