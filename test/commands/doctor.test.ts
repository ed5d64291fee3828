import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ForeignSystem, Sandbox } from './sandbox.ts';
import { atTerminal, hasTerminal } from './terminal.ts';
import { hasProgram, testWhere } from './test-where.ts';
import { changesBetween } from './tree-snapshot.ts';

const profiles = '/nix/var/nix/profiles';

interface Diagnosis {
  exitCode: number | undefined;
  findings: { code: string; subject: string; reason: string; hint?: string }[];
}

/** What doctor finds; it changes nothing, and says of everything what to do. */
function examine(sandbox: Sandbox): Diagnosis {
  const before = sandbox.snapshot({ withTimes: true });
  const { exitCode, json, stderr } = sandbox.run(['doctor', '--json']);
  assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
  assert.is(stderr, '');
  const { findings } = json as Diagnosis;
  const texts = findings.map(finding => JSON.stringify(finding));
  assert.is(new Set(texts).size, texts.length, 'each once');
  for (const { hint, code } of findings) assert.ok(hint, `${code}: what to do?`);
  return { exitCode, findings };
}

function codes(sandbox: Sandbox): string[] {
  const { exitCode, findings } = examine(sandbox);
  assert.is(exitCode, findings.length === 0 ? 0 : 3);
  return [...new Set(findings.map(({ code }) => code))].toSorted();
}

test('a healthy machine, and one on which genctl has never run', () => {
  using sandbox = Sandbox.with(3);
  assert.is(sandbox.runWell('doctor').stdout, 'nothing is wrong\n');
  assert.equal(codes(sandbox), []);
  fs.rmSync(sandbox.at('/etc/genctl'), { recursive: true });
  assert.equal(codes(sandbox), [], 'no declaration is needed to boot');
  using blank = Sandbox.blank();
  assert.equal(codes(blank), []);
});

const bad: ForeignSystem = { bootJson: '{"org.nixos.bootspec.v1": 5}' };

/** A kind of damage, and what doctor calls it. */
const damages: readonly (readonly [string, (sandbox: Sandbox) => void, readonly string[]])[] = [
  [
    'the boot partition is not mounted',
    sandbox => {
      fs.renameSync(sandbox.at('/boot'), sandbox.at('/elsewhere'));
    },
    ['ESP_NOT_MOUNTED'],
  ],
  [
    'a kernel on it is damaged',
    sandbox => {
      const [owner] = sandbox.names('/boot/EFI/genctl');
      const folder = `/boot/EFI/genctl/${owner}`;
      const kernel = sandbox.names(folder).find(name => name.startsWith('linux-'));
      sandbox.edit(`${folder}/${kernel}`, text => text.replace('kernel', 'KERNEL'));
    },
    ['BOOT_FILE_DAMAGED'],
  ],
  [
    'an entry is gone',
    sandbox => {
      fs.rmSync(sandbox.at(`/boot/loader/entries/${sandbox.entries()[0]}`));
    },
    ['BOOT_FILE_MISSING', 'MENU_BEHIND'],
  ],
  [
    'an entry that genctl has not written has a name of genctl’s',
    sandbox => {
      const [name = ''] = sandbox.entries();
      sandbox.write(`/boot/loader/entries/${name.replace(/-1-..../, '-1-0000')}`, 'title x\n');
    },
    ['BOOT_FILE_STRAY'],
  ],
  [
    'the loader is gone',
    sandbox => {
      fs.rmSync(sandbox.at('/boot/EFI/systemd/systemd-bootx64.efi'));
    },
    ['BOOT_FILE_MISSING'],
  ],
  [
    'a generation was made by others and is not in the menu',
    sandbox => {
      sandbox.link(4, sandbox.target(1));
    },
    ['MENU_BEHIND'],
  ],
  [
    'a generation cannot be read',
    sandbox => {
      sandbox.link(4, sandbox.addSystem('bad', bad));
      // As the store of somebody else has it.
      fs.rmSync(sandbox.at(`${sandbox.target(4)}-kernel`), { recursive: true });
    },
    ['BOOTSPEC_INVALID', 'STORE_PATH_MISSING', 'STORE_PATH_UNKNOWN'],
  ],
  [
    'a link leads out of the store',
    sandbox => {
      sandbox.link(4, '/etc/passwd');
    },
    ['LINK_BROKEN', 'STORE_ROOT_UNCLEAR'],
  ],
  [
    'the current generation is gone',
    sandbox => {
      fs.rmSync(sandbox.at(`${profiles}/system-3-link`));
    },
    ['CURRENT_MISSING', 'MENU_BEHIND'],
  ],
  [
    'a file of a system is gone from the store',
    sandbox => {
      const etc = fs.readlinkSync(sandbox.at(`${sandbox.target(1)}/etc`));
      fs.rmSync(sandbox.at(etc), { recursive: true });
    },
    ['STORE_PATH_MISSING'],
  ],
  [
    'metadata of the store is damaged',
    sandbox => {
      const hash = sandbox.target(1).slice('/nix/store/'.length).slice(0, 32);
      sandbox.write(`/nix/var/genctl/narinfo/${hash}.narinfo`, 'rubbish');
    },
    ['NARINFO_INVALID', 'STORE_PATH_MISSING'],
  ],
  [
    'the state is damaged',
    sandbox => {
      sandbox.write('/nix/var/genctl/state.json', '{');
    },
    ['STATE_UNREADABLE'],
  ],
  [
    'the journal is damaged',
    sandbox => {
      sandbox.write('/nix/var/genctl/journal.json', '{');
    },
    ['JOURNAL_UNREADABLE'],
  ],
];

for (const [what, damage, expected] of damages) {
  test(`${what}: that is named, and nothing else`, () => {
    using sandbox = Sandbox.with(3);
    damage(sandbox);
    assert.equal(codes(sandbox), expected);
  });
}

const stracing = hasProgram('strace', '-V');

testWhere(stracing, 'strace', 'what is interrupted is told, by doctor and by status', () => {
  using sandbox = Sandbox.with(2);
  for (let when = 1; !sandbox.exists('/nix/var/genctl/journal.json'); when++) {
    assert.ok(when < 20, 'it was never interrupted with a journal');
    const kill = ['-e', 'trace=fsync', '-e', `inject=fsync:signal=SIGKILL:when=${when}`];
    const wrapper = ['strace', '-f', '-o', '/dev/null', ...kill];
    sandbox.run(['switch', '1'], { wrapper });
  }
  assert.ok(codes(sandbox).includes('INTERRUPTED_CHANGE'));
  assert.is(sandbox.run(['status']).exitCode, 3);
  sandbox.runWell('recover');
  assert.equal(codes(sandbox), []);
});

test('status says what it does not know', () => {
  using sandbox = Sandbox.with(2);
  assert.match(sandbox.runWell('status').stdout, /^default: generation 2$/m);
  fs.renameSync(sandbox.at('/boot'), sandbox.at('/elsewhere'));
  const { exitCode, stdout } = sandbox.run(['status']);
  assert.is(exitCode, 3);
  assert.match(stdout, /^default: unknown$/m);
});

const pictured = 'status draws the boot partition at a terminal only, in colour unless unwanted';
if (!hasTerminal) test.skip(pictured);
else {
  test(pictured, async () => {
    using sandbox = Sandbox.with(2);
    const bar = /^generation 2 +#*k*i*\++ +[0-9.]+ KiB$/m;
    const plain = sandbox.runWell('status').stdout;
    assert.not.match(plain, bar);
    assert.not.match(plain, '\u001b');
    const coloured = await atTerminal(sandbox, ['status']);
    assert.is(coloured.exitCode, 0);
    assert.match(coloured.shown, '\u001b[');
    const bare = await atTerminal(sandbox, ['status'], { env: { NO_COLOR: '1' } });
    assert.not.match(bare.shown, '\u001b[');
    assert.match(bare.shown, bar);
    assert.match(bare.shown, /^free +\.+ +[0-9.]+ [KMGT]iB$/m);
    for (const line of bare.shown.split('\n')) assert.ok(line.length <= 100, line);
    const narrow = await atTerminal(sandbox, ['status'], { columns: 30 });
    assert.is(narrow.exitCode, 0);
    const piped = await atTerminal(sandbox, ['status', '--json']);
    assert.ok(JSON.parse(piped.shown), '--json draws nothing');
  });
}

test.run();
