import * as fs from 'node:fs';

/** File trees that have broken archivers before, made below a folder; gives their names. */
export function makeOddTrees(folder: string): string[] {
  const at = (name: string) => `${folder}/${name}`;
  const raw = (parent: string, name: number[]) =>
    Buffer.concat([Buffer.from(`${at(parent)}/`), Buffer.from(name)]);

  fs.mkdirSync(at('empty-folder'));
  fs.writeFileSync(at('empty-file'), '');
  fs.writeFileSync(at('one-byte'), 'x');
  fs.writeFileSync(at('eight-bytes'), '12345678');
  fs.writeFileSync(at('nine-bytes'), '123456789');
  fs.writeFileSync(at('executable'), '#!/bin/sh\n', { mode: 0o755 });
  fs.writeFileSync(at('executable-by-group-only'), 'x');
  fs.chmodSync(at('executable-by-group-only'), 0o674);
  fs.writeFileSync(at('executable-by-owner-only'), 'x');
  fs.chmodSync(at('executable-by-owner-only'), 0o4700);
  fs.symlinkSync('nowhere', at('dangling-link'));
  fs.symlinkSync('/etc/passwd', at('absolute-link'));
  fs.symlinkSync('x'.repeat(4095), at('longest-link'));
  fs.symlinkSync(Buffer.from([0xff, 0xfe, 0x2f, 0x80]), at('raw-link'));

  // Sizes around the buffers that hold a NAR while it is made.
  for (const sizeBytes of [262_143, 262_144, 262_145, 524_000, 4 * 1048576, 4 * 1048576 + 3]) {
    fs.writeFileSync(at(`size-${sizeBytes}`), patterned(sizeBytes));
  }

  fs.mkdirSync(at('names'));
  for (const name of [
    'with space',
    'with\nnewline',
    'ä',
    'A',
    'a',
    'a.b',
    'a-b',
    'a0',
    '😀',
    '\ufffd',
    '~',
    '...',
    '-n',
    '*',
    '"',
    "'",
    '\\',
    'x'.repeat(255),
  ]) {
    fs.writeFileSync(`${at('names')}/${name}`, name);
  }
  fs.writeFileSync(raw('names', [0xff, 0xfe]), 'not UTF-8');
  fs.writeFileSync(raw('names', [0x61, 0x80]), 'not UTF-8 either');
  fs.mkdirSync(raw('names', [0xc3]));
  fs.writeFileSync(Buffer.concat([raw('names', [0xc3]), Buffer.from('/inner')]), 'below raw bytes');

  fs.mkdirSync(at('case'));
  for (const name of ['readme', 'README', 'ReadMe'])
    fs.writeFileSync(`${at('case')}/${name}`, name);

  let deep = at('deep');
  fs.mkdirSync(deep);
  for (let depth = 0; depth < 100; depth++) {
    deep += `/level-${depth}`;
    fs.mkdirSync(deep);
  }
  fs.writeFileSync(`${deep}/bottom`, 'deep');

  fs.mkdirSync(at('many'));
  for (let count = 0; count < 3000; count++) {
    fs.writeFileSync(`${at('many')}/${count}`, patterned(count % 700));
  }

  fs.mkdirSync(at('mixed'));
  fs.mkdirSync(`${at('mixed')}/empty`);
  fs.symlinkSync('empty', `${at('mixed')}/link-to-folder`);
  fs.symlinkSync('.', `${at('mixed')}/link-to-itself`);
  fs.writeFileSync(`${at('mixed')}/run`, '#!/bin/sh\n', { mode: 0o755 });
  fs.linkSync(`${at('mixed')}/run`, `${at('mixed')}/hard-link`);
  fs.mkdirSync(`${at('mixed')}/closed`, { mode: 0o700 });

  return fs.readdirSync(folder).toSorted();
}

/** Bytes that do not repeat within a buffer's length. */
export function patterned(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at++) bytes[at] = (at * 31 + (at >> 8) * 7 + (at >> 16)) & 255;
  return bytes;
}
