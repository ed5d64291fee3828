import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readForeignFiles } from '../../src/boot/read-foreign-files.ts';
import { Folder } from '../../src/host/folder.ts';
import { Scratch } from '../store/scratch.ts';

test('the largest first, without ours, and nothing behind a link', () => {
  using scratch = new Scratch();
  const top = scratch.folder('boot');
  const outside = scratch.folder('outside');
  write(outside, 'secret.img', 9000);
  write(top, 'EFI/Microsoft/Boot/bootmgfw.efi', 3000);
  write(top, 'EFI/debian/grubx64.efi', 4000);
  write(top, 'EFI/Boot/BOOTX64.EFI', 5000);
  write(top, 'loader/entries/debian.conf', 100);
  write(top, 'EFI/genctl/1a2b3c4d/linux-1.efi', 8000);
  fs.symlinkSync(outside, path.join(top, 'link'));
  fs.symlinkSync(path.join(outside, 'secret.img'), path.join(top, 'EFI/file-link'));
  fs.symlinkSync('..', path.join(top, 'EFI/loop'));
  using folder = Folder.atHostPath(top);
  const owned = new Set(['EFI/BOOT/BOOTX64.EFI', 'EFI/genctl/1a2b3c4d/linux-1.efi']);
  assert.equal(readForeignFiles(folder, owned), [
    { path: 'EFI/debian/grubx64.efi', sizeBytes: 4000 },
    { path: 'EFI/Microsoft/Boot/bootmgfw.efi', sizeBytes: 3000 },
    { path: 'loader/entries/debian.conf', sizeBytes: 100 },
  ]);
});

test('names that are not UTF-8 are read too', () => {
  using scratch = new Scratch();
  const top = scratch.folder('boot');
  const name = Buffer.concat([Buffer.from(`${top}/`), Buffer.from([0xff, 0xfe])]);
  fs.mkdirSync(name);
  fs.writeFileSync(Buffer.concat([name, Buffer.from('/x')]), 'abc');
  using folder = Folder.atHostPath(top);
  assert.equal(
    readForeignFiles(folder, new Set()).map(file => file.sizeBytes),
    [3],
  );
});

function write(top: string, name: string, sizeBytes: number): void {
  fs.mkdirSync(path.dirname(path.join(top, name)), { recursive: true });
  fs.writeFileSync(path.join(top, name), Buffer.alloc(sizeBytes));
}

test.run();
