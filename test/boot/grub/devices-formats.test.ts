import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { luks2HeaderBytes, luks2Obstacle } from '../../../src/boot/grub/devices/luks-header.ts';
import {
  headerPlace,
  unknownInHeader,
  unknownInList,
} from '../../../src/boot/grub/devices/unknown-features.ts';
import { hasProgram, testWhere } from '../../commands/test-where.ts';

// Which headers GRUB refuses is asked of GRUB's own drivers: grub-fstest reads an image with them.

const hasFstest = hasProgram('grub-fstest', '--version');

class Image implements Disposable {
  readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-format-'));
  readonly file = path.join(this.#folder, 'image');

  constructor(sizeMegabytes: number) {
    fs.writeFileSync(this.file, '');
    fs.truncateSync(this.file, sizeMegabytes << 20);
  }

  make(program: string, ...args: readonly string[]): void {
    const { status, stderr } = spawnSync(program, [...args, this.file], {
      encoding: 'utf8',
      input: 'secret',
    });
    assert.is(status, 0, stderr);
  }

  read(offset: number, length: number): Buffer {
    const handle = fs.openSync(this.file, 'r');
    const bytes = Buffer.alloc(length);
    fs.readSync(handle, bytes, 0, length, offset);
    fs.closeSync(handle);
    return bytes;
  }

  write(offset: number, bytes: Buffer): void {
    const handle = fs.openSync(this.file, 'r+');
    fs.writeSync(handle, bytes, 0, bytes.length, offset);
    fs.closeSync(handle);
  }

  /** What we say that GRUB does not know. */
  unknown(type: string): string[] {
    const place = headerPlace(type) ?? { offset: 0, length: 0 };
    return unknownInHeader(type, this.read(place.offset, place.length));
  }

  /** Whether GRUB's driver takes the file system. */
  isReadByGrub(): boolean {
    const { stdout } = spawnSync('grub-fstest', [this.file, 'ls', '(loop0)'], { encoding: 'utf8' });
    assert.match(stdout, /^Device loop0: /);
    return !stdout.includes('No known filesystem');
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.#folder, { recursive: true });
  }
}

testWhere(
  hasFstest && hasProgram('mkfs.ext4', '-V'),
  'grub-fstest (grub-common) and mkfs.ext4',
  'ext4: GRUB refuses what we say it refuses, feature by feature',
  () => {
    using image = new Image(16);
    image.make('mkfs.ext4', '-q', '-F');
    const usual = image.read(1024 + 0x60, 4).readUInt32LE();
    // meta_bg moves what 64bit and others have laid out: made below, not switched on.
    const bits = Array.from({ length: 32 }, (_, bit) => bit).filter(bit => bit !== 4);
    const refused: string[] = [];
    for (const bit of bits) {
      const features = Buffer.alloc(4);
      features.writeUInt32LE((usual | (1 << bit)) >>> 0);
      image.write(1024 + 0x60, features);
      const unknown = image.unknown('ext4');
      assert.is(image.isReadByGrub(), unknown.length === 0, `bit ${bit}: ${unknown.join()}`);
      refused.push(...unknown);
    }
    for (const name of ['inline_data', 'casefold', 'ea_inode', 'FEATURE_I31']) {
      assert.ok(refused.includes(name), name);
    }
  },
);

testWhere(
  hasFstest && hasProgram('mkfs.ext4', '-V'),
  'grub-fstest (grub-common) and mkfs.ext4',
  'ext4 as mkfs makes it, with one more feature at a time',
  () => {
    const refused = ['inline_data', 'casefold', 'ea_inode'];
    const taken = [
      '',
      'meta_bg,^resize_inode',
      'large_dir',
      'encrypt',
      'metadata_csum_seed',
      'mmp',
    ];
    for (const feature of [...refused, ...taken]) {
      using image = new Image(16);
      image.make('mkfs.ext4', '-q', '-F', ...(feature === '' ? [] : ['-O', feature]));
      const expected = refused.includes(feature) ? [feature] : [];
      assert.equal(image.unknown('ext4'), expected, feature);
      assert.is(image.isReadByGrub(), expected.length === 0, feature);
    }
  },
);

testWhere(
  hasFstest && hasProgram('mkfs.xfs', '-V'),
  'grub-fstest (grub-common) and mkfs.xfs',
  'XFS: GRUB refuses what we say it refuses, feature by feature',
  () => {
    using image = new Image(320);
    image.make('mkfs.xfs', '-q', '-f', '-i', 'nrext64=1');
    assert.equal(image.unknown('xfs'), []);
    assert.is(image.isReadByGrub(), true);
    const usual = image.read(216, 4).readUInt32BE();
    const refused: string[] = [];
    for (let bit = 0; bit < 32; bit++) {
      const features = Buffer.alloc(4);
      features.writeUInt32BE((usual | (1 << bit)) >>> 0);
      image.write(216, features);
      const unknown = image.unknown('xfs');
      assert.is(image.isReadByGrub(), unknown.length === 0, `bit ${bit}: ${unknown.join()}`);
      refused.push(...unknown);
    }
    // What mkfs.xfs of newer systems switches on by itself.
    assert.ok(refused.includes('exchange') && refused.includes('parent'));
  },
);

testWhere(
  hasFstest && hasProgram('cryptsetup', '--version'),
  'grub-fstest (grub-common) and cryptsetup',
  'LUKS2: GRUB opens what we say it opens',
  () => {
    const opens = (...keys: readonly (readonly string[])[]): boolean => {
      using image = new Image(24);
      const [first = [], ...others] = keys;
      image.make(
        'cryptsetup',
        '--batch-mode',
        'luksFormat',
        '--type',
        'luks2',
        '--key-file=-',
        ...first,
      );
      for (const key of others) addKey(image.file, key);
      const length = luks2HeaderBytes(image.read(0, 512));
      assert.type(length, 'number');
      const obstacle = luks2Obstacle(image.read(0, length ?? 0));
      const { stdout } = spawnSync('grub-fstest', ['-C', image.file, 'ls', '(crypto0)'], {
        encoding: 'utf8',
        input: 'secret\n',
      });
      assert.is(stdout.includes('Device crypto0: '), obstacle === undefined, obstacle);
      return obstacle === undefined;
    };
    const pbkdf2 = ['--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'];
    const argon2 = ['--pbkdf', 'argon2id', '--pbkdf-force-iterations', '4', '--pbkdf-memory', '32'];
    assert.is(opens(pbkdf2), true);
    assert.is(opens(argon2), false);
    assert.is(opens(argon2, pbkdf2), true);
  },
);

/** Another key for the same passphrase. */
function addKey(file: string, options: readonly string[]): void {
  const key = path.join(path.dirname(file), 'key');
  fs.writeFileSync(key, 'secret');
  const args = ['--batch-mode', 'luksAddKey', '--key-file', key, ...options, file, key];
  const { status, stderr } = spawnSync('cryptsetup', args, { encoding: 'utf8' });
  assert.is(status, 0, stderr);
}

testWhere(
  hasFstest && hasProgram('mkfs.f2fs', '-V') && hasProgram('which', 'sload.f2fs'),
  'grub-fstest (grub-common), mkfs.f2fs and sload.f2fs (f2fs-tools)',
  'f2fs: what GRUB misreads without a word is what we name',
  () => {
    for (const feature of ['encrypt', 'extra_attr']) {
      using image = new Image(64);
      image.make('mkfs.f2fs', '-q', '-f', '-O', feature);
      const folder = fs.mkdtempSync(path.join(path.dirname(image.file), 'content-'));
      fs.writeFileSync(path.join(folder, 'file'), 'here it is');
      image.make('sload.f2fs', '-f', folder);
      const { stdout } = spawnSync('grub-fstest', [image.file, 'cat', '(loop0)/file'], {
        encoding: 'utf8',
      });
      assert.is(stdout === 'here it is', unknownInList('f2fs', [feature]).length === 0, feature);
    }
  },
);

test('LUKS1 and what is no header at all have no LUKS2 header', () => {
  const start = Buffer.alloc(512);
  assert.is(luks2HeaderBytes(start), undefined);
  start.write('LUKS\xba\xbe\x00\x01', 'latin1');
  assert.is(luks2HeaderBytes(start), undefined);
  // A size that no header has is not taken for one to be read.
  start.write('LUKS\xba\xbe\x00\x02', 'latin1');
  start.writeBigUInt64BE(2n ** 63n, 8);
  assert.is(luks2HeaderBytes(start), undefined);
  assert.match(luks2Obstacle(Buffer.alloc(16_384)) ?? '', /damaged/);
});

test('a header that is none says nothing', () => {
  for (const type of ['ext4', 'xfs', 'squashfs', 'vfat', 'constructor']) {
    assert.equal(unknownInHeader(type, Buffer.alloc(1024, 0xff)), []);
  }
});

test('squashfs: a compression that GRUB lacks', () => {
  const header = Buffer.alloc(96);
  header.write('hsqs');
  const with_ = (compression: number): string[] => {
    header.writeUInt16LE(compression, 20);
    return unknownInHeader('squashfs', header);
  };
  assert.equal([1, 3, 4].flatMap(with_), []);
  assert.equal(with_(6), ['zstd compression']);
});

test('what the kernel lists and GRUB would misread', () => {
  assert.equal(unknownInList('btrfs', ['mixed_groups', 'no_holes', 'raid_stripe_tree']), [
    'raid_stripe_tree',
  ]);
  assert.equal(unknownInList('f2fs', ['encryption', 'extra_attr', 'pin_file']), ['extra_attr']);
  assert.equal(unknownInList('ext4', ['extra_attr']), []);
});

test.run();
