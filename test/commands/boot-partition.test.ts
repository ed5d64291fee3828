import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { canMount, testWhere, withMounts } from './test-where.ts';

const needsMounts = 'mounts in a namespace';

/** Shell that puts a tmpfs of a size below /boot, with what the folder holds. */
function onTmpfs(sandbox: Sandbox, size: string): string {
  const [boot, mnt] = [sandbox.at('/boot'), `${sandbox.folder}/mnt`];
  fs.mkdirSync(mnt, { recursive: true });
  return `mount -t tmpfs -o size=${size} tmpfs ${mnt}; cp -a ${boot}/. ${mnt}; mount --move ${mnt} ${boot}`;
}

function readOnly(sandbox: Sandbox): string {
  const boot = sandbox.at('/boot');
  return `mount --bind ${boot} ${boot}; mount -o remount,ro,bind ${boot}`;
}

test('an ESP that is not mounted: an empty mount point', () => {
  using sandbox = Sandbox.with(1);
  fs.renameSync(sandbox.at('/boot'), sandbox.at('/elsewhere'));
  fs.mkdirSync(sandbox.at('/boot'));
  const refusal = {
    code: 'ESP_NOT_MOUNTED',
    message: 'no EFI system partition is mounted at ROOT/boot',
    hint: /mkdir -p ROOT\/boot\/EFI$/,
  };
  sandbox.declare({ label: 'new' });
  for (const args of [['switch'], ['boot', '1'], ['menu', 'sync'], ['menu', 'show']]) {
    assertRefused(sandbox, args, refusal);
  }
  assertRefused(sandbox, ['loader', 'install'], refusal);
  const listed = sandbox.runWell('list');
  assert.match(listed.stderr, 'warning[ESP_NOT_MOUNTED]');
  assert.match(listed.stdout, 'current, active');
  fs.rmdirSync(sandbox.at('/boot'));
  assertRefused(sandbox, ['switch'], refusal);
});

testWhere(canMount, needsMounts, 'an ESP that is mounted read-only', () => {
  using sandbox = Sandbox.with(1);
  const refusal = {
    code: 'ESP_READ_ONLY',
    message: 'ROOT/boot is mounted read-only',
    hint: /remount,rw ROOT\/boot/,
  };
  sandbox.declare({ label: 'new' });
  const options = withMounts(readOnly(sandbox));
  assertRefused(sandbox, ['switch'], refusal, options);
  assertRefused(sandbox, ['loader', 'install'], refusal, options);
  const link = `${sandbox.folder}/link`;
  fs.symlinkSync(sandbox.root, link);
  assertRefused(sandbox, ['--root', link, 'switch'], refusal, options);
});

testWhere(canMount, needsMounts, 'an ESP that is too small for one kernel', () => {
  using sandbox = Sandbox.with(0);
  const refusal = {
    code: 'ESP_FULL',
    message:
      /^ROOT\/boot is too full: [\d.]+ KiB are needed, [\d.]+ KiB are free, [\d.]+ KiB are missing$/,
    hint: /Nothing was changed\.$/,
  };
  assertRefused(sandbox, ['switch'], refusal, withMounts(onTmpfs(sandbox, '96k')));
  const inside = `${onTmpfs(sandbox, '96k')}; find ${sandbox.at('/boot')} >${sandbox.folder}/before`;
  const after = `find ${sandbox.at('/boot')} | diff - ${sandbox.folder}/before >&2`;
  const { wrapper } = withMounts(inside);
  const script = `${wrapper.at(-2)} || :; ${after}`;
  const answer = sandbox.run(['switch'], { wrapper: [...wrapper.slice(0, -2), script, 'sh'] });
  assert.is(answer.exitCode, 0, `the partition itself is as before: ${answer.stderr}`);
});

testWhere(canMount, needsMounts, 'an ESP that is full: entries alone need space too', () => {
  using sandbox = Sandbox.with(1);
  sandbox.declare({ label: 'new' });
  const fill = `dd if=/dev/zero of=${sandbox.at('/boot')}/filler bs=4096 2>/dev/null || :`;
  const full = withMounts(`${onTmpfs(sandbox, '256k')}; ${fill}`);
  assertRefused(
    sandbox,
    ['switch'],
    { code: 'ESP_FULL', message: /, 0 B are free, /, hint: /genctl gc/ },
    full,
  );
  const collected = sandbox.run(['gc', '--keep', '1'], full);
  assert.is(collected.exitCode, 0, collected.stderr);
});

testWhere(canMount, needsMounts, 'a loader that does not fit is refused before anything', () => {
  using sandbox = Sandbox.blank();
  const marker = '#### LoaderInfo: systemd-boot 252 ####';
  sandbox.write(
    '/usr/lib/systemd/boot/efi/systemd-bootx64.efi',
    `MZ ${marker}${'x'.repeat(400_000)}`,
  );
  assertRefused(
    sandbox,
    ['loader', 'install'],
    { code: 'ESP_FULL', message: /KiB are missing$/, hint: /Nothing was changed/ },
    withMounts(onTmpfs(sandbox, '300k')),
  );
});

test('a loader that is not installed', () => {
  using sandbox = Sandbox.blank();
  const refusal = {
    code: 'LOADER_NOT_INSTALLED',
    message: '/boot: the boot loader has not been installed by genctl yet',
    hint: 'Run `genctl loader install` once.',
  };
  assertRefused(sandbox, ['switch'], refusal);
  assertRefused(sandbox, ['loader', 'update'], {
    code: 'LOADER_NOT_INSTALLED',
    message: 'ROOT/boot has no systemd-boot to update',
    hint: 'Run `genctl loader install`.',
  });
  fs.rmSync(sandbox.at('/usr'), { recursive: true });
  assertRefused(sandbox, ['loader', 'install'], {
    code: 'LOADER_BINARY_MISSING',
    message: 'ROOT/usr/lib/systemd/boot/efi/systemd-bootx64.efi: there is no such file',
    hint: /apt-get install systemd-boot-efi/,
  });
});

test('another boot loader at the removable path is left alone', () => {
  using sandbox = Sandbox.blank();
  sandbox.write('/boot/EFI/BOOT/BOOTX64.EFI', 'MZ grub');
  assertRefused(sandbox, ['loader', 'install'], {
    code: 'LOADER_FOREIGN',
    message: '/boot/EFI/BOOT/BOOTX64.EFI is another boot loader',
    hint: /left alone/,
  });
});

test("somebody's loader.conf is kept, byte for byte, and its default until there is one of ours", () => {
  const text = '# größer, "quoted"\ndefault nixos-generation-12.conf\ntimeout 3\n';
  using sandbox = Sandbox.blank();
  sandbox.write('/boot/loader/loader.conf', text);
  sandbox.runWell('loader', 'install');
  const kept = sandbox.names('/boot/loader').filter(name => name.includes('before-genctl'));
  assert.is(kept.length, 1);
  assert.is(sandbox.read(`/boot/loader/${kept[0]}`), text);
  const conf = sandbox.read('/boot/loader/loader.conf');
  assert.is(Buffer.byteLength(conf), 512);
  assert.match(conf, /^default nixos-generation-12\.conf\ntimeout 5\n/);
  sandbox.runWell('switch');
  assert.match(sandbox.read('/boot/loader/loader.conf'), /^default genctl-[0-9a-f]{8}-1-/);
  assert.is(sandbox.read(`/boot/loader/${kept[0]}`), text);
});

test('a loader.conf that cannot be taken over safely is refused', () => {
  using sandbox = Sandbox.blank();
  sandbox.write('/boot/loader/loader.conf', `timeout 3\n# ${'x'.repeat(520)}\n`);
  assertRefused(sandbox, ['loader', 'install'], {
    code: 'LOADER_CONF_TOO_LONG',
    message: /^\/boot\/loader\/loader\.conf has 533 bytes: one of more than 512 cannot be changed/,
    hint: /Keep a copy/,
  });
  sandbox.write('/boot/loader/loader.conf', `timeout 3\n# ${'ö'.repeat(300)}\n`);
  assertRefused(sandbox, ['loader', 'install'], {
    code: 'LOADER_CONF_TOO_LONG',
    message: /has 613 bytes/,
    hint: /Keep a copy/,
  });
  sandbox.write('/boot/loader/loader.conf', Buffer.from('# gr\xf6\xdfe\n', 'latin1'));
  assertRefused(sandbox, ['loader', 'install'], {
    code: 'LOADER_CONF_NOT_TEXT',
    message: /holds bytes that are no UTF-8/,
    hint: /Correct its comments/,
  });
});

test.run();
