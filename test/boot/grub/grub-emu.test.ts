import { pbkdf2Sync } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  changeEnvironment,
  emptyEnvironment,
  readEnvironment,
} from '../../../src/boot/grub/environment-block.ts';
import type { GrubSettings } from '../../../src/boot/grub/grub-settings.ts';
import { renderGrubMenu } from '../../../src/boot/grub/render-menu.ts';
import type { Menu } from '../../../src/boot/menu.ts';
import type { WantedFile, WantedFiles } from '../../../src/boot/wanted.ts';
import { filesOf, GrubDisk, hasGrubEmu } from './grub-emu.ts';
import { entryOf, layout, menuOf, surroundingsWith, usualMenu } from './menus.ts';
import { plainSettings } from './plain-settings.ts';

function emuTest(name: string, work: () => Promise<void>): void {
  if (hasGrubEmu) {
    test(name, work);
    return;
  }
  process.stdout.write(`skipped, grub-emu, script (bsdutils), mkfs.ext4: ${name}\n`);
  test.skip(name, work);
}

/** grub-emu boots nothing: these say which words GRUB has for a kernel, and wait. */
const kernelOnPaper = `
function linux {
  for word in "$@"; do echo "<$word>"; done
  read
}
function initrd { true; }
`;

const onTop = usualMenu;
const inSubmenu: Menu = { ...usualMenu, default: { profile: 'system', number: 11 } };

function withTimeout(menu: Menu, timeout: Menu['settings']['timeout']): Menu {
  return { ...menu, settings: { ...menu.settings, timeout } };
}

function render(
  menu: Menu,
  settings: Partial<GrubSettings> = {},
  passwords: ReadonlyMap<string, string> = new Map(),
): WantedFiles {
  const all = { ...plainSettings, extraConfig: kernelOnPaper, ...settings };
  return renderGrubMenu(menu, surroundingsWith({ settings: all, passwords }), layout);
}

function diskOf(
  wanted: WantedFiles,
  change: (files: Map<string, string>) => void = () => undefined,
): GrubDisk {
  const files = filesOf(wanted).set(layout.grub.environment, emptyEnvironment);
  change(files);
  return new GrubDisk(files);
}

function idOf({ files }: WantedFiles, number: number): string {
  const entry = files.find(file => file.kind === 'entry' && file.key.number === number);
  return entry?.path.replace(/^.*\/|\.cfg$/g, '') ?? '';
}

function environmentOf(disk: GrubDisk): Map<string, string> {
  return readEnvironment(disk.read(layout.grub.environment), 'grubenv');
}

function withEnvironment(variables: Record<string, string>): string {
  return changeEnvironment(emptyEnvironment, new Map(Object.entries(variables)), 'grubenv');
}

emuTest('the menu and its submenus are as we predict, the default is the chosen line', async () => {
  using disk = diskOf(render(withTimeout(inSubmenu, 'menu-force')));
  using grub = disk.start();
  await grub.hasChosen('All configurations');
  // The lines below the chosen one are drawn last.
  await grub.shows('Profile work');
  assert.equal(grub.lines, [
    'Atlas - generation 12',
    'Atlas - generation 12, rescue',
    'All configurations',
    'Profile work',
  ]);
  grub.press('\r');
  await grub.hasChosen('Atlas - generation 11');
  await grub.shows('Atlas - generation 9');
  assert.equal(grub.lines, [
    'Atlas - generation 12',
    'Atlas - generation 12, rescue',
    'Atlas - generation 11',
    'Atlas - generation 9',
  ]);
  grub.press('v');
  await grub.hasChosen('Atlas - generation 9');
  grub.press('\r');
  await grub.shows('<init=/nix/store/system-9/init>');
});

emuTest('hostile titles and parameters are shown and handed on as they are', async () => {
  const titles = [
    `it's "x" $root \\ {a;b} >c #d * ? [e]`,
    '--id=x --unrestricted',
    '-- $(y) `z` %s ${root}',
    "'; echo pwned; '",
    'Größe \\n \\x41',
  ];
  const options = ['a="b  c"', '$root', '${root}', '*', 'd;{e}', '>f', '#g', 'h|i&j', '--', 'é'];
  const menu = menuOf(
    titles.map((title, index) =>
      entryOf({ profile: 'system', number: 20, specialisation: String(index) }, { title, options }),
    ),
  );
  using disk = diskOf(render(withTimeout(menu, 'menu-force')));
  using grub = disk.start();
  await grub.shows('All configurations');
  assert.equal(grub.lines, [...titles, 'All configurations']);
  grub.press('\r');
  const screen = await grub.shows('<é>');
  assert.equal([...screen.matchAll(/^<(.*)>$/gm)].map(([, word]) => word).slice(1), [
    'a=b  c',
    ...options.slice(1),
  ]);
});

emuTest('a default in the submenu boots by itself', async () => {
  using disk = diskOf(render(withTimeout(inSubmenu, 1)));
  using grub = disk.start();
  await grub.shows('<init=/nix/store/system-11/init>');
});

emuTest('an entry that was to boot once does so once', async () => {
  const wanted = render(withTimeout(onTop, 1));
  using disk = diskOf(wanted, files => {
    files.set(layout.grub.environment, withEnvironment({ next_entry: idOf(wanted, 9), kept: 'x' }));
  });
  {
    using grub = disk.start();
    await grub.shows('<init=/nix/store/system-9/init>');
  }
  assert.equal([...environmentOf(disk)], [['kept', 'x']]);
  using grub = disk.start();
  await grub.shows('<init=/nix/store/system-12/init>');
});

emuTest('what cannot be written down does not boot once, or it would boot for ever', async () => {
  const wanted = render(withTimeout(onTop, 1));
  using disk = diskOf(wanted, files => {
    // GRUB does not write into a file with a hole.
    const block = withEnvironment({ next_entry: idOf(wanted, 9) });
    files.set(layout.grub.environment, block.padEnd(4096, '#') + '\0'.repeat(8192));
  });
  using grub = disk.start();
  await grub.says('sparse file not allowed');
  grub.press('\r');
  await grub.shows('<init=/nix/store/system-12/init>');
});

emuTest('where the index has gone, another one is read', async () => {
  const wanted = render(withTimeout(inSubmenu, 1));
  using disk = diskOf(wanted, files => {
    const index = wanted.files.find(({ kind }) => kind === 'menu')?.path ?? '';
    files.set('genctl/0123abcd/menu-000000000000.cfg', files.get(index) ?? '');
    files.delete(index);
  });
  using grub = disk.start();
  await grub.shows('<init=/nix/store/system-11/init>');
});

for (const [where, menu, instead] of [
  ['on top', onTop, 11],
  ['in the submenu', inSubmenu, 9],
] as const) {
  emuTest(`where a default ${where} lacks its initrd, another whole entry boots`, async () => {
    const wanted = render(withTimeout(menu, 1));
    const isOfDefault = (file: WantedFile): boolean =>
      file.kind === 'blob' &&
      file.sources.some(source => source.includes(`-${numberOf(menu)}-initrd`));
    using disk = diskOf(wanted, files => {
      for (const { path } of wanted.files.filter(isOfDefault)) files.delete(path);
    });
    using grub = disk.start();
    await grub.shows(`<init=/nix/store/system-${instead}/init>`);
  });
}

function numberOf({ default: wanted }: Menu): number | undefined {
  return wanted !== undefined && 'number' in wanted ? wanted.number : undefined;
}

emuTest('an entry that was to boot once and cannot gives way to the default', async () => {
  const wanted = render(withTimeout(inSubmenu, 1));
  using disk = diskOf(wanted, files => {
    files.set(layout.grub.environment, withEnvironment({ next_entry: idOf(wanted, 9) }));
    for (const { path } of wanted.files) {
      if (files.get(path)?.includes('system-9-kernel') && path.endsWith('.efi')) files.delete(path);
    }
  });
  using grub = disk.start();
  await grub.shows('<init=/nix/store/system-11/init>');
});

emuTest(
  'in place of an entry that is gone the default boots, not the first of the menu',
  async () => {
    const gone = 'all>genctl-0123abcd-3-aaaaaaaaaaaa';
    const wanted = render(withTimeout(inSubmenu, 1), { default: 'saved' });
    const declared = `all>${idOf(wanted, 11)}`;
    for (const variables of [
      { next_entry: gone },
      { saved_entry: gone, genctl_saved_for: declared },
    ]) {
      using disk = diskOf(wanted, files => {
        files.set(layout.grub.environment, withEnvironment(variables));
      });
      using grub = disk.start();
      await grub.shows('<init=/nix/store/system-11/init>');
    }
  },
);

emuTest('what was picked last boots again, until another default is declared', async () => {
  const saved = { default: 'saved' } as const;
  const wanted = render(withTimeout(inSubmenu, 'menu-force'), saved);
  using disk = diskOf(wanted);
  {
    using grub = disk.start();
    await grub.hasChosen('All configurations');
    grub.press('\r');
    await grub.hasChosen('Atlas - generation 11');
    grub.press('v\r');
    await grub.shows('<init=/nix/store/system-9/init>');
  }
  const environment = environmentOf(disk);
  assert.is(environment.get('saved_entry'), `all>${idOf(wanted, 9)}`);
  const remembered = withEnvironment(Object.fromEntries(environment));
  for (const [menu, number] of [
    [inSubmenu, 9],
    [onTop, 12],
  ] as const) {
    using again = diskOf(render(withTimeout(menu, 1), saved), files => {
      files.set(layout.grub.environment, remembered);
    });
    using grub = again.start();
    await grub.shows(`<init=/nix/store/system-${number}/init>`);
  }
});

/** As `grub-mkpasswd-pbkdf2` makes it. */
function hashOf(password: string): string {
  const salt = Buffer.alloc(16, 7);
  const hash = pbkdf2Sync(password, salt, 1000, 64, 'sha512');
  const [saltHex, hashHex] = [salt, hash].map(bytes => bytes.toString('hex').toUpperCase());
  return `grub.pbkdf2.sha512.1000.${saltHex}.${hashHex}`;
}

const root = { name: 'root', password: { hashed: hashOf('right') } };

emuTest('a menu with a password refuses the wrong one and takes the right one', async () => {
  const settings = { users: [root], unrestricted: false };
  const passwords = new Map([['root', root.password.hashed]]);
  const menu = withTimeout(onTop, 'menu-force');
  using disk = diskOf(render(menu, settings, passwords));
  using grub = disk.start();
  await grub.hasChosen('Atlas - generation 12');
  grub.press('\r');
  await grub.shows('Enter username');
  grub.press('root\r');
  await grub.shows('Enter password');
  grub.press('wrong\r');
  await grub.hasChosen('Atlas - generation 12');
  grub.press('\r');
  await grub.shows('Enter username');
  grub.press('root\r');
  await grub.shows('Enter password');
  grub.press('right\r');
  await grub.shows('<init=/nix/store/system-12/init>');
});

emuTest('entries boot without a password, and nobody edits them without one', async () => {
  const passwords = new Map([['root', root.password.hashed]]);
  const menu = withTimeout(inSubmenu, 'menu-force');
  using disk = diskOf(render(menu, { users: [root], unrestricted: true }, passwords));
  using grub = disk.start();
  await grub.hasChosen('All configurations');
  grub.press('\r');
  await grub.hasChosen('Atlas - generation 11');
  // In a submenu, where GRUB forgets who may do what unless it is told to export it.
  grub.press('e');
  await grub.shows('Enter username');
  grub.press('\u001b');
  await grub.hasChosen('Atlas - generation 11');
  grub.press('\r');
  await grub.shows('<init=/nix/store/system-11/init>');
});

emuTest('without an editor nobody edits, whatever name he has, and all boots', async () => {
  const menu = {
    ...onTop,
    settings: { ...onTop.settings, timeout: 'menu-force', editor: false },
  } as const;
  using disk = diskOf(render(menu));
  using grub = disk.start();
  await grub.hasChosen('Atlas - generation 12');
  grub.press('e');
  await grub.shows('Enter username');
  grub.press('nobody\r');
  await grub.shows('Enter password');
  grub.press('\r');
  await grub.hasChosen('Atlas - generation 12');
  grub.press('\r');
  await grub.shows('<init=/nix/store/system-12/init>');
});

test.run();
