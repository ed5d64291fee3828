import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused, type Refusal } from './refusal.ts';
import { Sandbox } from './sandbox.ts';

const conf = 'ROOT/etc/genctl/system.conf';

/** A declaration that is wrong in one way: what is changed of a right one, and the answer. */
interface Case {
  name: string;
  wreck: (sandbox: Sandbox) => void;
  refusal: Refusal;
}

function editing(change: (text: string) => string): (sandbox: Sandbox) => void {
  return sandbox => sandbox.edit('/etc/genctl/system.conf', change);
}

const cases: readonly Case[] = [
  {
    name: 'an unknown key',
    wreck: editing(text => text.replace('kernel =', 'kernle =')),
    refusal: {
      code: 'DECLARATION_UNKNOWN_KEY',
      message: `${conf}:2: [system] kernle: there is no such option`,
      hint: 'Did you mean kernel?',
    },
  },
  {
    name: 'a value of another type',
    wreck: sandbox => sandbox.declare({ loader: ['timeout = soon'] }),
    refusal: {
      code: 'DECLARATION_WRONG_TYPE',
      message: /system\.conf:9: \[boot\.loader\] timeout: expects a whole number .* not "soon"$/,
      hint: 'Write for example `timeout = 5`.',
    },
  },
  {
    name: 'a kernel that nothing matches',
    wreck: editing(text => text.replace('vmlinuz-*', 'nothing-*')),
    refusal: {
      code: 'INPUT_MISSING',
      message: `${conf}:2: [system] kernel: /boot-parts/nothing-*: nothing in ROOT/boot-parts matches`,
      hint: /glob that matches one/,
    },
  },
  {
    name: 'an initrd that is a folder',
    wreck: editing(text => text.replace('/boot-parts/initrd.img-*', '/boot-parts')),
    refusal: {
      code: 'INPUT_MISSING',
      message: `${conf}:3: [system] initrd: /boot-parts: it is no file`,
      hint: /path of a file that is there/,
    },
  },
  {
    name: 'a section of a file that is not in etc/',
    wreck: editing(text => `${text}[etc "x"]\nmode = 0600\n`),
    refusal: {
      code: 'ETC_FILE_MISSING',
      message: /^ROOT\/etc\/genctl\/system\.conf:\d+: \[etc "x"\]: etc\/ holds no such file$/,
      hint: /etc\/x beside system\.conf/,
    },
  },
  {
    name: 'an import that is not there',
    wreck: editing(text => `imports = nowhere.conf\n${text}`),
    refusal: {
      code: 'DECLARATION_FILE_MISSING',
      message: `${conf}:1: imports: there is no file ROOT/etc/genctl/nowhere.conf`,
      hint: /Correct the path/,
    },
  },
  {
    name: 'imports in a circle',
    wreck(sandbox) {
      sandbox.edit('/etc/genctl/system.conf', text => `imports = a.conf\n${text}`);
      sandbox.write('/etc/genctl/a.conf', 'imports = system.conf\n');
    },
    refusal: {
      code: 'DECLARATION_IMPORT_CYCLE',
      message: /a\.conf:1: imports: the imports go in a circle: .*system\.conf -> .*a\.conf -> /,
      hint: /Remove one/,
    },
  },
  {
    name: 'a ; at which ini would cut',
    wreck: sandbox => sandbox.declare({ kernelParams: 'quiet panic=1;rw' }),
    refusal: {
      code: 'DECLARATION_SYNTAX',
      message: `${conf}:7: [boot] kernelParams: the value has an unquoted ;, at which it would be cut off`,
      hint: /double quotes/,
    },
  },
  {
    name: 'no declaration at all',
    wreck: editing(() => ''),
    refusal: { code: 'KERNEL_NOT_DECLARED', message: 'no kernel is declared', hint: /\[system\]/ },
  },
  {
    name: 'a builder of a later version',
    wreck: editing(text => text.replace('[system]', '[system]\nbuilder = nix')),
    refusal: {
      code: 'BUILDER_UNSUPPORTED',
      message: '[system] builder = nix: not in this version',
      hint: 'Use builder = files or builder = debian.',
    },
  },
  {
    name: 'a GRUB that nothing would start',
    wreck: sandbox => sandbox.declare({ loader: ['kind = grub'] }),
    refusal: {
      code: 'DECLARATION_CONFLICT',
      message: /nothing would start the GRUB that reads "\/boot"/,
      hint: /Name a disk in \[boot\.loader\.grub\]/,
    },
  },
  {
    name: 'an account that nobody has',
    wreck(sandbox) {
      sandbox.write('/etc/genctl/etc/secret', 'x');
      sandbox.edit('/etc/genctl/system.conf', text => `${text}[etc "secret"]\nuser = ghost\n`);
    },
    refusal: {
      code: 'ETC_UNKNOWN_ACCOUNT',
      message: /system\.conf:\d+: \[etc "secret"\] user: unknown user ghost$/,
      hint: /Create the user/,
    },
  },
];

for (const { name, wreck, refusal } of cases) {
  test(`switch refuses ${name}`, () => {
    using sandbox = Sandbox.with(1);
    wreck(sandbox);
    assertRefused(sandbox, ['switch'], refusal);
  });
}

test('several errors are told together', () => {
  using sandbox = Sandbox.with(1);
  sandbox.declare({ loader: ['timeout = soon', 'editor = perhaps'] });
  const before = sandbox.snapshot();
  const { exitCode, stderr } = sandbox.run(['switch']);
  assert.is(exitCode, 1);
  assert.match(stderr, 'error[DECLARATION_INVALID]: the declaration has 2 errors:');
  assert.is(stderr.match(/^ {4}hint: /gm)?.length, 2);
  assert.equal(sandbox.snapshot(), before);
});

test('a rollback and a menu sync need no declaration', () => {
  using sandbox = Sandbox.with(2);
  sandbox.edit('/etc/genctl/system.conf', () => 'broken');
  sandbox.runWell('menu', 'sync');
  sandbox.runWell('rollback');
  assert.is(sandbox.current(), 1);
});

test('--config names another folder, from the root on', () => {
  using sandbox = Sandbox.with(1);
  assertRefused(sandbox, ['build', '--config', '/etc/other'], {
    code: 'DECLARATION_FILE_MISSING',
    message: 'ROOT/etc/other/system.conf: there is no declaration',
    hint: /genctl init/,
  });
  assertRefused(sandbox, ['build', '--config', 'etc/genctl'], {
    code: 'USAGE',
    exitCode: 2,
    message: '--config etc/genctl is not absolute',
    hint: /from that root on/,
  });
});

test.run();
