import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findLoaderBinary } from '../../src/boot/systemd-boot/loader-binary.ts';
import { Root } from '../../src/host/root.ts';

const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const scratch = fs.mkdtempSync(path.join(base, 'genctl-loader-'));
process.on('exit', () => {
  fs.rmSync(scratch, { recursive: true, force: true });
});

/** A PE32+ header with a certificate table of some size, and systemd-boot's marker behind it. */
function program(certificateBytes: number): Buffer {
  const header = Buffer.alloc(0x200);
  header.write('MZ', 0, 'latin1');
  header.writeUInt32LE(0x40, 0x3c);
  header.write('PE\0\0', 0x40, 'latin1');
  const optional = 0x40 + 24;
  header.writeUInt16LE(0x20b, optional);
  header.writeUInt32LE(certificateBytes, optional + 112 + 4 * 8 + 4);
  return Buffer.concat([header, Buffer.from('#### LoaderInfo: systemd-boot 257.9 ####')]);
}

/** A root that has these programs; names as systemd gives them. */
function rootWith(files: Readonly<Record<string, Buffer>>): Root {
  const root = fs.mkdtempSync(path.join(scratch, 'root-'));
  const folder = path.join(root, 'usr/lib/systemd/boot/efi');
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    fs.writeFileSync(path.join(folder, name), content);
  }
  return new Root(root);
}

const secure = { wordBits: 64, secureBoot: true } as const;
const open = { wordBits: 64, secureBoot: false } as const;

test('with Secure Boot on, a program that is not signed is refused, with the reason', () => {
  using root = rootWith({ 'systemd-bootx64.efi': program(0) });
  assert.is(findLoaderBinary(root, 'x86_64-linux', open).version, '257.9');
  assert.throws(
    () => findLoaderBinary(root, 'x86_64-linux', secure),
    (error: Error & { code?: string; hint?: string }) =>
      error.code === 'LOADER_NOT_SIGNED' &&
      error.message.includes('Secure Boot is on') &&
      error.hint !== undefined,
  );
});

test('a signed program is taken where there is one', () => {
  using root = rootWith({
    'systemd-bootx64.efi': program(0),
    'systemd-bootx64.efi.signed': program(1496),
  });
  const found = findLoaderBinary(root, 'x86_64-linux', secure);
  assert.ok(found.isSigned);
  assert.match(found.source, /\.signed$/);
});

test('a program that is no PE at all counts as not signed', () => {
  using root = rootWith({ 'systemd-bootx64.efi': Buffer.from('MZ') });
  assert.throws(() => findLoaderBinary(root, 'x86_64-linux', secure), /not signed/);
});

test('the program is of the firmware’s own bitness, at both of its places', () => {
  using root = rootWith({
    'systemd-bootx64.efi': program(0),
    'systemd-bootia32.efi': program(0),
    'systemd-bootaa64.efi': program(0),
  });
  const names = (platform: string, wordBits: 32 | 64) =>
    findLoaderBinary(root, platform, { wordBits, secureBoot: false }).paths;
  assert.equal(names('x86_64-linux', 64), {
    own: 'EFI/systemd/systemd-bootx64.efi',
    removable: 'EFI/BOOT/BOOTX64.EFI',
  });
  assert.is(names('x86_64-linux', 32).removable, 'EFI/BOOT/BOOTIA32.EFI');
  assert.is(names('aarch64-linux', 64).removable, 'EFI/BOOT/BOOTAA64.EFI');
});

test('without the package, its name is in the hint', () => {
  using root = rootWith({});
  assert.throws(
    () => findLoaderBinary(root, 'x86_64-linux', undefined),
    (error: Error & { code?: string; hint?: string }) =>
      error.code === 'LOADER_BINARY_MISSING' && (error.hint?.includes('systemd-boot-efi') ?? false),
  );
});

test.run();
