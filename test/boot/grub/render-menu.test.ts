import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readGrubMenu } from '../../../src/boot/grub/read-menu.ts';
import { renderGrubMenu } from '../../../src/boot/grub/render-menu.ts';
import { renderSector } from '../../../src/boot/grub/render-sector.ts';
import { renderStub } from '../../../src/boot/grub/render-stub.ts';
import { kernelWords } from '../../../src/boot/grub/script/kernel-words.ts';
import {
  type Command,
  commandsOf,
  parseScript,
  textOf,
} from '../../../src/boot/grub/script/parse-script.ts';
import type { Menu, MenuEntry } from '../../../src/boot/menu.ts';
import type { WantedFiles } from '../../../src/boot/wanted.ts';
import { GenctlError } from '../../../src/errors.ts';
import { Folder } from '../../../src/host/folder.ts';
import { hasProgram, testWhere } from '../../commands/test-where.ts';
import { SeededRandom } from '../seeded-random.ts';
import { goldenMenus } from './golden-menus.ts';
import { copiedPlace, entryOf, layout, menuOf, surroundingsWith, usualMenu } from './menus.ts';
import { plainSettings } from './plain-settings.ts';

const goldens = new URL('./goldens/', import.meta.url);

function textsOf({ files }: WantedFiles): [path: string, text: string][] {
  return files.flatMap(({ path, content }): [string, string][] =>
    'text' in content ? [[path, content.text]] : [],
  );
}

function indexOf(wanted: WantedFiles): string {
  const index = wanted.files.find(({ kind }) => kind === 'menu');
  return index !== undefined && 'text' in index.content ? index.content.text : '';
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown.code;
    throw thrown;
  }
  return 'none';
}

for (const [name, make] of Object.entries(goldenMenus)) {
  test(`the files of a menu are as they were: ${name}`, () => {
    const { menu, surroundings } = make();
    const wanted = renderGrubMenu(menu, surroundings, layout);
    const files: [string, string][] = [
      ['grub.cfg', renderStub(surroundings.place, layout)],
      [wanted.defaultSector.path, `${wanted.defaultSector.text.trimEnd()}\n`],
      ...textsOf(wanted),
    ];
    const text = files.map(([file, content]) => `#### ${file}\n${content}`).join('\n');
    const golden = new URL(`${name}.cfg`, goldens);
    if (process.env['UPDATE_GOLDENS'] === '1') fs.writeFileSync(golden, text);
    assert.fixture(text, fs.readFileSync(golden, 'utf8'));
  });
}

/** All that has a meaning somewhere in GRUB's language, and what has none anywhere. */
const hostile = [
  `' " $ \\ { } ; > < | & # * ? [ ] ! % @ = - \` ~ , / ö \u{1f427} \u00a0 a B 9`.split(' '),
  "$root ${root} $(x) --id menuentry fi done \\n '\\'' /* \\x20".split(' '),
  [' ', ' '],
].flat() as [string, ...string[]];
const refused = ['\n', '\r', '\0', '\u001b', '\u007f', '\u2028', '\ud800', '\ufffd'] as [
  string,
  ...string[],
];

function hostileText(random: SeededRandom): string {
  return Array.from({ length: 1 + random.below(8) }, () => random.pick(hostile)).join('');
}

function hostileMenu(random: SeededRandom): Menu {
  const entries = Array.from({ length: 1 + random.below(5) }, (_, index): MenuEntry => {
    const specialisation = hostileText(random);
    const store = `/nix/store/${hostileText(random).replaceAll('/', '')}`;
    return entryOf(
      {
        profile: random.below(3) === 0 ? hostileText(random) : 'system',
        number: 50 - index,
        ...(random.below(2) === 0 && { specialisation }),
      },
      {
        title: hostileText(random),
        options: [`init=${store}/init`, hostileText(random), 'quiet'].filter(
          word => codeOf(() => kernelWords([word])) === 'none',
        ),
      },
    );
  });
  return menuOf(entries, { default: random.pick(entries as [MenuEntry]).key });
}

/** Words of the commands of a name, wherever they are, with all variables empty. */
function wordsOf(source: string, name: string): string[][] {
  const all = (commands: readonly Command[]): Command[] =>
    commands.flatMap(command => [command, ...all(commandsOf(command.block ?? []))]);
  return all(commandsOf(parseScript(source).statements))
    .map(({ words }) => words.map(textOf))
    .filter(([first]) => first === name);
}

testWhere(
  hasProgram('grub-script-check', '--version'),
  'grub-script-check (grub-common)',
  'hostile texts come out of the files as the words that they were, and grub-script-check takes all',
  () => {
    const top = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-grub-'));
    try {
      const random = new SeededRandom(6);
      let count = 0;
      for (let round = 0; round < 30; round += 1) {
        const menu = hostileMenu(random);
        const other = {
          kind: 'linux' as const,
          title: hostileText(random),
          fsUuid: hostileText(random),
          linux: hostileText(random),
          initrds: [hostileText(random)],
          options: [hostileText(random), hostileText(random)],
        };
        const label = hostileText(random);
        const place = {
          ...copiedPlace,
          boot: { ...copiedPlace.boot, search: { by: 'label' as const, value: label } },
        };
        const gfxpayload = hostileText(random);
        const wanted = renderGrubMenu(
          menu,
          surroundingsWith({ others: [other], settings: { ...plainSettings, gfxpayload } }),
          layout,
        );
        const stub = renderStub(place, layout);
        const { text: sector } = wanted.defaultSector;
        for (const [file, text] of [...textsOf(wanted), ['stub', stub], ['sector', sector]]) {
          const name = `${top}/${path.basename(file ?? '')}`;
          fs.writeFileSync(name, text ?? '');
          const { status, stderr } = spawnSync('grub-script-check', [name], { encoding: 'utf8' });
          assert.is(status, 0, `${stderr}\n${text}`);
          assert.equal(parseScript(text ?? '').problems, []);
          count += 1;
        }
        const index = indexOf(wanted);
        assert.equal(wordsOf(stub, 'search')[0]?.at(-1), label);
        assert.ok(wordsOf(index, 'set').some(([, word]) => word === `gfxpayload=${gfxpayload}`));
        assert.equal(wordsOf(index, 'menuentry').at(-1)?.at(-1), other.title);
        assert.equal(wordsOf(index, 'linux')[0]?.slice(1), [other.linux, ...other.options]);
        assert.equal(wordsOf(index, 'initrd')[0]?.slice(1), other.initrds);
        const entries = wanted.files.filter(({ kind }) => kind === 'entry');
        menu.entries.forEach((entry, at) => {
          const content = entries[at]?.content;
          const text = content !== undefined && 'text' in content ? content.text : '';
          assert.is(wordsOf(text, 'menuentry').length, 1);
          assert.is(wordsOf(text, 'menuentry')[0]?.at(-1), entry.title);
          assert.equal(wordsOf(text, 'linux')[0]?.slice(2), kernelWords(entry.options));
        });
      }
      assert.ok(count > 100);
    } finally {
      fs.rmSync(top, { recursive: true });
    }
  },
);

test('what GRUB cannot hold in a word is refused wherever it comes from', () => {
  const random = new SeededRandom(7);
  for (let round = 0; round < 40; round += 1) {
    const text = `a${hostileText(random).replace(/["'\\]/g, '')}${random.pick(refused)}b`;
    const key = { profile: 'system', number: 1 };
    for (const changes of [{ title: text }, { options: [text] }]) {
      const menu = menuOf([entryOf(key, changes)]);
      assert.is(
        codeOf(() => renderGrubMenu(menu, surroundingsWith(), layout)),
        'UNSAFE_TEXT',
      );
    }
  }
  // A word of 8 KiB ends GRUB, and with it the whole menu.
  const menu = menuOf([
    entryOf({ profile: 'system', number: 1 }, { options: [`a=${'b'.repeat(8200)}`] }),
  ]);
  assert.is(
    codeOf(() => renderGrubMenu(menu, surroundingsWith(), layout)),
    'UNSAFE_TEXT',
  );
});

test('the default is found wherever its entry is, with a sector that fits', () => {
  const wantedId = (menu: Menu): string | undefined => {
    const { defaultSector } = renderGrubMenu(menu, surroundingsWith(), layout);
    assert.is(Buffer.byteLength(defaultSector.text), 512);
    return wordsOf(defaultSector.text, 'set')[0]?.[1]?.replace(/-[0-9a-f]{12}$/, '');
  };
  const withDefault = (profile: string, number: number, specialisation?: string): Menu => ({
    ...usualMenu,
    default: { profile, number, ...(specialisation !== undefined && { specialisation }) },
  });
  assert.is(wantedId(withDefault('system', 12)), 'genctl_default=genctl-0123abcd-12');
  assert.is(wantedId(withDefault('system', 12, 'rescue')), 'genctl_default=genctl-0123abcd-12');
  assert.is(wantedId(withDefault('system', 9)), 'genctl_default=all>genctl-0123abcd-9');
  assert.is(wantedId(withDefault('work', 3)), 'genctl_default=profile-work>genctl-0123abcd-3');
});

test('whatever boots by default, the sector holds it, and what boots in its place', () => {
  const entry = 'genctl-0123abcd-99999-0123456789ab';
  const fallbacks = {
    top: '999',
    once: '0 999',
    all: { first: entry, fallback: '997 998 999', once: '996 997 998 999' },
  };
  const longest = `profile-${'p'.repeat(24)}>${entry}`;
  const text = renderSector(longest, fallbacks, 'menu-0123456789ab.cfg');
  assert.is(Buffer.byteLength(text), 512);
  assert.match(text, 'genctl_all_once');
  const foreign = renderSector('x'.repeat(255), fallbacks, 'menu-0123456789ab.cfg');
  assert.is(Buffer.byteLength(foreign), 512);
  assert.match(foreign, 'x'.repeat(255));
});

test('another default is another sector, and no new file', () => {
  const rendered = [12, 11, 9].map(number =>
    renderGrubMenu(
      { ...usualMenu, default: { profile: 'system', number } },
      surroundingsWith(),
      layout,
    ),
  );
  const paths = rendered.map(({ files }) => files.map(({ path }) => path).join());
  assert.is(new Set(paths).size, 1);
  assert.is(new Set(rendered.map(({ defaultSector }) => defaultSector.text)).size, 3);
});

test('an entry that stands by itself stays in the menu, and may be the default', () => {
  const standing = 'genctl-0123abcd-5-abcdefabcdef';
  const wanted = renderGrubMenu(
    { ...usualMenu, default: { standing } },
    surroundingsWith({ standing: [standing] }),
    layout,
  );
  assert.match(wanted.defaultSector.text, `genctl_default='all>${standing}'`);
  assert.match(indexOf(wanted), `/entries/${standing}.cfg`);
});

test('a change of settings leaves the files of entries alone', () => {
  const plain = renderGrubMenu(usualMenu, surroundingsWith(), layout);
  const settings = {
    ...plainSettings,
    default: 'saved' as const,
    users: [{ name: 'root', password: { hashed: '' } }],
  };
  const other = renderGrubMenu(
    { ...usualMenu, settings: { timeout: 0, editor: false, consoleMode: undefined } },
    surroundingsWith({ settings }),
    layout,
  );
  const entriesOf = ({ files }: WantedFiles): string[] =>
    files.filter(({ kind }) => kind === 'entry').map(({ path }) => path);
  assert.equal(entriesOf(other), entriesOf(plain));
  assert.is.not(indexOf(other), indexOf(plain));
});

test('nobody gets in through the name of a user whose password is not there', () => {
  const settings = {
    ...plainSettings,
    users: [{ name: 'root', password: { file: '/gone' } }],
  };
  const index = indexOf(renderGrubMenu(usualMenu, surroundingsWith({ settings }), layout));
  assert.match(index, 'set superusers=root\nexport superusers\n');
  assert.not.match(index, 'password_pbkdf2');
});

test('a menu of which nobody could boot an entry is refused', () => {
  const settings = {
    ...plainSettings,
    unrestricted: false,
    users: [{ name: 'root', password: { file: '/gone' } }],
  };
  const work = (): unknown => renderGrubMenu(usualMenu, surroundingsWith({ settings }), layout);
  assert.is(codeOf(work), 'GRUB_PASSWORD');
});

test('text of the user that GRUB could not read to its end is refused, with its line', () => {
  for (const option of ['extraConfig', 'extraEntriesBefore', 'extraEntries'] as const) {
    for (const text of [
      "set a=1\necho 'open",
      'menuentry x {\n echo\n',
      'fi\n',
      `echo ${'a'.repeat(9000)}`,
    ]) {
      const settings = { ...plainSettings, [option]: text };
      const work = (): unknown => renderGrubMenu(usualMenu, surroundingsWith({ settings }), layout);
      assert.is(codeOf(work), 'GRUB_SYNTAX');
    }
  }
});

test('a fallback counts the lines that stand before, or there is none', () => {
  const fallbackWith = (extraEntriesBefore: string): string | undefined => {
    const settings = { ...plainSettings, extraEntriesBefore };
    const { defaultSector } = renderGrubMenu(usualMenu, surroundingsWith({ settings }), layout);
    return /^set genctl_top=(.*)$/m.exec(defaultSector.text)?.[1];
  };
  assert.is(fallbackWith(''), '2');
  const two = 'set a=b\nmenuentry x { echo }\nsubmenu y { menuentry z { echo } }\n';
  assert.is(fallbackWith(two), '4');
  assert.is(fallbackWith('if [ "$a" ]; then\n menuentry y { echo }\nfi\n'), undefined);
  assert.is(fallbackWith('source /x.cfg\n'), undefined);
});

test('what was written is read back as the menu that it is', () => {
  const top = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-grub-'));
  try {
    const menu = { ...usualMenu, default: { profile: 'system', number: 9 } };
    const others = [
      { kind: 'efi' as const, title: "Win's", fsUuid: 'ABCD-1234', path: '/EFI/Microsoft/x.efi' },
    ];
    const wanted = renderGrubMenu(menu, surroundingsWith({ others }), layout);
    const write = (name: string, text: string): void => {
      fs.mkdirSync(path.dirname(`${top}/${name}`), { recursive: true });
      fs.writeFileSync(`${top}/${name}`, text);
    };
    for (const [name, text] of textsOf(wanted)) write(name, text);
    write(wanted.defaultSector.path, wanted.defaultSector.text);
    using folder = Folder.atHostPath(top);
    const lines = readGrubMenu(folder, layout);
    assert.equal(
      lines.map(({ title }) => title),
      [...menu.entries.map(({ title }) => title), "Win's"],
    );
    assert.equal(
      lines.map(({ isDefault }) => isDefault),
      [false, false, false, true, false, false],
    );
    assert.is(lines[3]?.options, 'init=/nix/store/system-9/init quiet');
    assert.match(lines[3]?.linux ?? '', /^\/EFI\/genctl\/0123abcd\/linux-[0-9a-f]{32}\.efi$/);

    // As after a crash where GRUB sees the sector, and of the indexes only the old one.
    const index = wanted.files.find(({ kind }) => kind === 'menu')?.path ?? '';
    fs.renameSync(`${top}/${index}`, `${top}/genctl/0123abcd/menu-000000000000.cfg`);
    assert.equal(readGrubMenu(folder, layout), lines);
  } finally {
    fs.rmSync(top, { recursive: true });
  }
});

test.run();
