import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fileOf, folderOf, type Tree } from '../../../src/store/tree.ts';
import { etcForHooks } from '../../../src/system/initrd/initramfs-etc.ts';

const keyboard = fileOf('XKBLAYOUT=de\n');
const hook = fileOf('#!/bin/sh\n', { executable: true });
const etc = folderOf({
  default: folderOf({ keyboard, cron: fileOf('') }),
  'initramfs-tools': folderOf({
    hooks: folderOf({ own: hook, genctl: fileOf('not this') }),
    modules: fileOf('not this'),
  }),
  passwd: fileOf(''),
});

test('a passphrase is typed with the keys that are declared, and hooks of hers run', () => {
  const seen = etcForHooks(etc, ['initramfs-tools/modules', 'initramfs-tools/hooks/genctl']);
  assert.equal(
    seen,
    new Map<string, Tree>([
      ['default/keyboard', keyboard],
      ['initramfs-tools', folderOf({ hooks: folderOf({ own: hook }) })],
    ]),
  );
});

test.run();
