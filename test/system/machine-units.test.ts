// The units and hooks that let a machine run genctl by itself, by the programs that read them.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderUnits } from '../../src/system/machine-units/render-units.ts';
import { ownerOf, type UnitFile } from '../../src/system/machine-units/unit-file.ts';

const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const scratch = fs.mkdtempSync(path.join(base, 'genctl-units-'));
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));

/** A name with what shells and systemd obey. */
const hostile = `${scratch}/it is 100%h; (y) & *`;
const fake = `${hostile}/genctl`;
const config = `${hostile}/etc`;
const mounts = `${scratch}/mounts`;
const calls = `${scratch}/calls`;
const programs = `${scratch}/bin`;
/** Stands for the hook of Debian's kernel packages, where another hook looks for it. */
const kernelHook = `${scratch}/zz-genctl`;

fs.mkdirSync(config, { recursive: true });
fs.mkdirSync(programs);
write(
  fake,
  `#!/bin/sh\nprintf '<%s>' "$@" >>"$CALLS"; echo " $GENCTL_KERNEL_HOOK" >>"$CALLS"
echo answer; echo trouble >&2; exit "\${FAKE_EXIT-0}"\n`,
);
write(`${config}/system.conf`, '[system]\nkernel = /boot/vmlinuz-*\n');

const units = renderUnits({ program: [fake], config });

function write(place: string, text: string): void {
  fs.writeFileSync(place, text);
  fs.chmodSync(place, 0o755);
}

function unit(name: string): UnitFile {
  const found = units.find(file => file.path.endsWith(name));
  if (found === undefined) throw new Error(`no unit ${name}`);
  return found;
}

const hooks = units.filter(({ text }) => text.startsWith('#!/bin/sh\n'));
const shells = [['dash'], ['busybox', 'sh']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', ':']).status === 0,
);

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

test('the hooks are shell scripts that dash, busybox and shellcheck take', () => {
  assert.is(hooks.length, 4);
  for (const { path: name, text, mode } of hooks) {
    assert.is(mode, 0o755, `${name}: run-parts takes only what can be executed`);
    for (const [program = '', ...args] of shells) {
      const { status, stderr } = spawnSync(program, [...args, '-n'], { input: text });
      assert.is(status, 0, `${program} ${name}: ${stderr.toString()}`);
    }
    if (!isInstalled('shellcheck')) continue;
    const checked = spawnSync('shellcheck', ['--shell=sh', '-'], { input: text, encoding: 'utf8' });
    assert.is(checked.status, 0, `${name}: ${checked.stdout}`);
  }
});

test('systemd takes the units, whatever the path of genctl', () => {
  if (!isInstalled('systemd-analyze')) return;
  const folder = `${scratch}/units`;
  fs.mkdirSync(folder);
  const names = units
    .filter(({ mode }) => mode === 0o644)
    .map(({ path: name, text }) => {
      const place = `${folder}/${path.basename(name)}`;
      fs.writeFileSync(place, text);
      return place;
    });
  assert.is(names.length, 3);
  const verify = () =>
    spawnSync('systemd-analyze', ['verify', '--man=no', ...names], { encoding: 'utf8' });
  const { status, stderr } = verify();
  const said = stderr
    .split('\n')
    .filter(line => line.includes(scratch) || /genctl-(?:gc|recover)/.test(line));
  assert.equal(said, []);
  assert.is(status, 0, stderr);
  fs.renameSync(fake, `${fake}.away`);
  const without = verify();
  fs.renameSync(`${fake}.away`, fake);
  assert.match(without.stderr, `Command ${fake} is not executable`, 'it does look for this path');
});

test('what a unit cannot say is refused', () => {
  for (const name of ['a$b', 'a\nb', 'a\u0001b', "it's", 'a"b', 'a\\b']) {
    const program = [`/opt/${name}/genctl`];
    assert.throws(() => renderUnits({ program, config }), /cannot hold/, name);
  }
  assert.throws(() => renderUnits({ program: ['/opt/genctl'], config: '/etc/a\nb' }), /control/);
});

test('an edit is seen, wherever it is', () => {
  for (const { path: name, text } of units) {
    assert.is(ownerOf(text), 'ours', name);
    for (const change of ['x', '\n']) assert.is(ownerOf(text + change), 'edited', name);
    assert.is(ownerOf(text.replace(/^# Once.*\n/m, '')), 'edited', name);
    assert.is(ownerOf(text.replace(/^# SHA256.*\n/m, '')), 'foreign', name);
  }
});

interface HookRun {
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** The fake `systemd-detect-virt --chroot` and `ischroot`: whether we are in one. */
  isChroot?: boolean;
  /** Lines of /proc/self/mounts. */
  mounted?: readonly string[];
  hasStderr?: boolean;
}

const esp = '/dev/vda1 /boot vfat rw,relatime 0 0';
const rootMount = '/dev/vda2 / ext4 rw 0 0';

/** Writes a hook with the places of this test in place of the machine's. */
function placeHook(place: string, name: string): void {
  const text = unit(name).text.replaceAll('/proc/self/mounts', mounts);
  write(place, text.replaceAll('/etc/kernel/postinst.d/zz-genctl', kernelHook));
}

/** Runs a hook with each shell, and gives what it called genctl with, and what it said. */
function runHook(name: string, run: HookRun): { called: string; stdout: string; stderr: string } {
  const { args, env = {}, isChroot = false, mounted = [rootMount, esp], hasStderr = true } = run;
  const script = `${scratch}/hook`;
  placeHook(script, name);
  fs.writeFileSync(mounts, mounted.map(line => `${line}\n`).join(''));
  for (const program of ['systemd-detect-virt', 'ischroot']) {
    write(`${programs}/${program}`, `#!/bin/sh\nexit ${isChroot ? 0 : 1}\n`);
  }
  const answers = shells.map(([program = '', ...words]) => {
    fs.writeFileSync(calls, '');
    const starting = hasStderr ? 'exec "$@"' : 'exec "$@" 2>&-';
    const command = ['-c', starting, 'sh', program, ...words, script, ...args];
    const { status, stdout, stderr } = spawnSync('sh', command, {
      encoding: 'utf8',
      env: { PATH: `${programs}:/usr/sbin:/usr/bin:/sbin:/bin`, CALLS: calls, ...env },
    });
    assert.is(status, 0, `${name} never fails a package: ${stderr}`);
    return { called: fs.readFileSync(calls, 'utf8'), stdout, stderr };
  });
  const [first] = answers;
  for (const answer of answers) assert.equal(answer, first);
  return first as (typeof answers)[0];
}

const postinst = 'postinst.d/zz-genctl';
const postrm = 'postrm.d/zz-genctl';
const initramfs = 'post-update.d/zz-genctl';
const kernelInstall = '95-genctl.install';

const kernel = ['6.1.0-42-amd64', '/boot/vmlinuz-6.1.0-42-amd64'];
const initrd = ['6.1.0-42-amd64', '/boot/initrd.img-6.1.0-42-amd64'];
const entry = '/boot/0123/6.1.0/';
const configured = { DEB_MAINT_PARAMS: "'configure' '6.1.0-41'" };

/** What each hook is called with where there is something to do. */
const due: readonly (readonly [hook: string, run: HookRun])[] = [
  [postinst, { args: kernel, env: configured }],
  [postinst, { args: kernel, env: { DEB_MAINT_PARAMS: 'configure', INITRD: 'Yes' } }],
  [postinst, { args: ['6.1.0'] }],
  [postrm, { args: kernel, env: { DEB_MAINT_PARAMS: "'remove'" } }],
  [postrm, { args: kernel, env: { DEB_MAINT_PARAMS: 'remove' } }],
  [initramfs, { args: initrd }],
  [kernelInstall, { args: ['add', '6.1.0', entry, ...kernel.slice(1)] }],
  [kernelInstall, { args: ['remove', '6.1.0', entry] }],
];

test('a kernel that comes or goes, and a new initrd, make a generation for the next boot', () => {
  for (const [hook, run] of due) {
    const { called } = runHook(hook, run);
    assert.is(called, `<boot><--yes><--config><${config}> 1\n`, `${hook} ${run.args.join(' ')}`);
  }
});

test("nothing goes to standard output, which is debconf's", () => {
  for (const [hook, run] of due) {
    const { stdout, stderr } = runHook(hook, run);
    assert.is(stdout, '', hook);
    assert.match(stderr, 'trouble', `${hook}: what genctl warns of is seen`);
    assert.is(/answer/.test(stderr), hook !== kernelInstall, hook);
  }
  const run = { args: ['add', '6.1.0', entry], env: { KERNEL_INSTALL_VERBOSE: '1' } };
  assert.match(runHook(kernelInstall, run).stderr, 'answer');
});

test('without a standard error a hook does its work, and the package stays whole', () => {
  for (const [hook, run] of due) {
    for (const env of [{}, { KERNEL_INSTALL_VERBOSE: '1' }, { FAKE_EXIT: '1' }]) {
      const { called } = runHook(hook, { ...run, env: { ...run.env, ...env }, hasStderr: false });
      assert.is(called, `<boot><--yes><--config><${config}> 1\n`, hook);
    }
  }
});

function runPeer(program: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  fs.writeFileSync(calls, '');
  fs.writeFileSync(mounts, `${esp}\n`);
  const { status, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { PATH: `${programs}:/usr/sbin:/usr/bin:/sbin:/bin`, CALLS: calls, ...env },
  });
  assert.is(status, 0, stderr);
  return fs.readFileSync(calls, 'utf8');
}

test('run-parts calls the hooks behind those that make the initrd', () => {
  if (!isInstalled('run-parts')) return;
  const folder = `${scratch}/postinst.d`;
  fs.mkdirSync(folder);
  for (const name of ['dracut', 'initramfs-tools']) {
    write(`${folder}/${name}`, `#!/bin/sh\necho ${name} >>"$CALLS"\n`);
  }
  for (const { path: name } of hooks.filter(({ path: place }) => place.endsWith('/zz-genctl'))) {
    placeHook(`${folder}/${path.basename(name)}`, name);
    write(`${folder}/zz-genctl.genctl-part`, '#!/bin/sh\necho half-written >>"$CALLS"\n');
    const called = runPeer('run-parts', [...kernel.map(word => `--arg=${word}`), folder], {});
    assert.is(called, `dracut\ninitramfs-tools\n<boot><--yes><--config><${config}> 1\n`, name);
  }
});

test('kernel-install calls the plugin', () => {
  if (!isInstalled('kernel-install')) return;
  const plugin = `${scratch}/95-genctl.install`;
  placeHook(plugin, kernelInstall);
  fs.mkdirSync(`${scratch}/boot`);
  fs.writeFileSync(`${scratch}/vmlinuz`, 'kernel');
  const env = {
    KERNEL_INSTALL_PLUGINS: plugin,
    KERNEL_INSTALL_CONF_ROOT: scratch,
    BOOT_ROOT: `${scratch}/boot`,
    MACHINE_ID: '0123456789abcdef'.repeat(2),
  };
  for (const args of [
    ['add', '6.1.0', `${scratch}/vmlinuz`],
    ['remove', '6.1.0'],
  ]) {
    const called = runPeer('kernel-install', args, env);
    assert.is(called, `<boot><--yes><--config><${config}> 1\n`, args.join(' '));
  }
});

test('what is no business of a hook', () => {
  const quiet: readonly (readonly [hook: string, params: string])[] = [
    [postinst, "'abort-upgrade' '6.1.0'"],
    [postinst, 'triggered x'],
    [postrm, "'upgrade' '6.1.0'"],
    [postrm, "'purge'"],
  ];
  for (const [hook, params] of quiet) {
    const { called, stderr } = runHook(hook, { args: kernel, env: { DEB_MAINT_PARAMS: params } });
    assert.is(called + stderr, '', `${hook} ${params}`);
  }
  for (const command of ['inspect', 'list', '']) {
    assert.is(runHook(kernelInstall, { args: [command] }).called, '');
  }
  assert.is(runHook(postinst, { args: kernel, env: { INITRD: 'No' } }).called, '');
  assert.is(runHook(initramfs, { args: initrd, env: { INITRD: 'No' } }).called, '');
});

test('an initrd that is made within the installation of a kernel waits for the hook of that', () => {
  const add = { args: ['add', ...kernel], env: configured };
  write(kernelHook, '');
  assert.is(runHook(initramfs, { args: initrd, env: configured }).called, '');
  assert.is(runHook(kernelInstall, add).called, '');
  fs.rmSync(kernelHook);
  assert.is.not(runHook(initramfs, { args: initrd, env: configured }).called, '');
  assert.is.not(runHook(kernelInstall, add).called, '');
});

test('quiet in a chroot, without an ESP, without a declaration, and within itself', () => {
  const away = (place: string): (() => void) => {
    fs.renameSync(place, `${place}.away`);
    return () => fs.renameSync(`${place}.away`, place);
  };
  for (const [hook, run] of due) {
    const isQuiet = (change: Partial<HookRun>, what: string): void => {
      const { called, stderr } = runHook(hook, { ...run, ...change });
      assert.is(called + stderr, '', `${hook}: ${what}`);
    };
    isQuiet({ isChroot: true }, 'chroot');
    isQuiet({ mounted: [rootMount, 'systemd-1 /proc/sys/fs/binfmt_misc autofs rw 0 0'] }, 'no ESP');
    isQuiet({ env: { ...run.env, GENCTL_KERNEL_HOOK: '1' } }, 'recursion');
    for (const place of [`${config}/system.conf`, fake]) {
      const bring = away(place);
      isQuiet({}, `without ${place}`);
      bring();
    }
  }
});

test('an ESP that is mounted when somebody looks at it is one', () => {
  const mounted = [rootMount, 'systemd-1 /efi autofs rw,relatime 0 0'];
  assert.is.not(runHook(postinst, { args: kernel, mounted }).called, '');
});

test('only the builder that takes its kernel from /boot wants to know', () => {
  const file = `${config}/more.conf`;
  for (const [line, isOurs] of [
    ['builder = files', true],
    ['builder = debian', false],
    ['  builder="nix"', false],
    ['builder! = debian', false],
    ['# builder = nix', true],
  ] as const) {
    write(file, `[system]\n${line}\n`);
    assert.is(runHook(postinst, { args: kernel }).called !== '', isOurs, line);
  }
  fs.rmSync(file);
});

test('a genctl that fails leaves a warning, and the package whole', () => {
  for (const [exitCode, said] of [
    ['0', undefined],
    ['3', undefined],
    ['1', /^genctl: exit code 1, .* run: genctl boot$/m],
    ['70', /^genctl: exit code 70, /m],
    ['75', /^genctl: somebody else holds the lock, .* run: genctl boot$/m],
  ] as const) {
    for (const [hook, run] of due) {
      const { stderr } = runHook(hook, { ...run, env: { ...run.env, FAKE_EXIT: exitCode } });
      if (said === undefined) assert.not.match(stderr, /^genctl: /m, hook);
      else assert.match(stderr, said, hook);
    }
  }
});

test.run();
