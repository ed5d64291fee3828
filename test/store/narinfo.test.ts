import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Folder } from '../../src/host/folder.ts';
import { Root } from '../../src/host/root.ts';
import { contentAddressOf } from '../../src/store/address.ts';
import { narInfoFolder } from '../../src/store/local-folders.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { narOf } from '../../src/store/nar.ts';
import { narFileOf, parseNarInfo, renderNarInfo } from '../../src/store/narinfo.ts';
import { osTreePath } from '../../src/store/os-tree/listing.ts';
import { selfPlaceholder } from '../../src/store/self-reference.ts';
import type { NarPathInfo, OsTreePathInfo } from '../../src/store/store.ts';
import { baseNameOf, sourcePath, storeFolder } from '../../src/store/store-path.ts';
import { copyOf, fileOf, folderOf, linkTo } from '../../src/store/tree.ts';
import { nix, nixTest } from './real-nix.ts';
import { Scratch } from './scratch.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest();
const kernel = sourcePath('kernel', sha256('kernel'));
const addressHash = sha256('modulo');
const path = sourcePath('system', addressHash, { others: [kernel], self: true });
const info: NarPathInfo = {
  kind: 'nar',
  path,
  references: [kernel, path].toSorted(),
  narHash: sha256('nar'),
  narSizeBytes: 1234,
  contentAddress: contentAddressOf(addressHash),
};
const text = renderNarInfo({ info, others: [] });

/** The code of the error that reading a text ends with. */
function failure(changed: string): string {
  try {
    parseNarInfo(changed, 'the test');
    return 'no error';
  } catch (thrown) {
    return String(Reflect.get(Object(thrown), 'code'));
  }
}

test('to text and back', () => {
  assert.equal(parseNarInfo(text, 'x'), { info, others: [] });
  const plain = sourcePath('x', info.narHash);
  const alone = { ...info, path: plain, references: [] };
  const read = renderNarInfo({
    info: { ...alone, contentAddress: contentAddressOf(info.narHash) },
    others: [],
  });
  assert.equal(parseNarInfo(read, 'x').info.references, []);
});

test('fields that we do not know are kept, in their order', () => {
  const others = [
    ['Sig', 'cache.example.org-1:abc=='],
    ['X-Genctl-Later', 'a: b'],
    ['Sig', 'two'],
    ['Deriver', 'x.drv'],
  ] as const;
  const longer = renderNarInfo({ info, others });
  assert.equal(parseNarInfo(longer, 'x').others, others);
  assert.is(renderNarInfo(parseNarInfo(longer, 'x')), longer);
});

test("a binary cache's own, without our fields, is read", () => {
  const theirs = text.replaceAll(/^X-Genctl-.*\n/gm, '').replace('none', 'xz');
  assert.equal(parseNarInfo(theirs, 'x').info, info);
});

test('damage is seen', () => {
  const other = baseNameOf(sourcePath('other', sha256('other')));
  for (const [what, changed] of [
    ['empty', ''],
    ['cut in a line', text.slice(0, -1)],
    ['no field', `${text}x\n`],
    ['NUL bytes', '\0'.repeat(text.length)],
    ['another reference', text.replace(/^References: .*$/m, `References: ${other}`)],
    ['no reference', text.replace(/^References: .*$/m, 'References: ')],
    ['no self reference', text.replace(` ${baseNameOf(path)}`, '')],
    ['a reference that is none', text.replace(/^References: .*$/m, 'References: x')],
    ['another path', text.replace(path, kernel)],
    ['no path', text.replace(path, '/nix/store/x')],
    ['another address', text.replace(/^CA: .*$/m, `CA: ${contentAddressOf(sha256('x'))}`)],
    ['an address that is none', text.replace(/^CA: .*$/m, 'CA: fixed:r:sha256:xx')],
    ['a hash that is none', text.replace(/^NarHash: .*$/m, 'NarHash: sha256:xx')],
    ['another kind of hash', text.replace(/^NarHash: sha256/m, 'NarHash: md5')],
    ['no size', text.replace(/^NarSize: .*$/m, 'NarSize: 0')],
    ['a size that is none', text.replace(/^NarSize: .*$/m, 'NarSize: 1e99')],
    ['twice', text + text],
  ] as const) {
    assert.is(failure(changed), 'NARINFO_INVALID', what);
  }
  // Whole lines can be lost, too.
  for (const name of ['StorePath', 'NarHash', 'NarSize', 'References']) {
    assert.is(
      failure(text.replace(new RegExp(`^${name}: .*\n`, 'm'), '')),
      'NARINFO_INVALID',
      name,
    );
  }
});

test('a hash that does not belong to a path without a self reference is seen', () => {
  const plain = sourcePath('x', info.narHash);
  const good = renderNarInfo({
    info: {
      ...info,
      path: plain,
      references: [],
      contentAddress: contentAddressOf(info.narHash),
    },
    others: [],
  });
  assert.is(failure(good), 'no error');
  const narHash = `NarHash: ${contentAddressOf(sha256('x')).slice('fixed:r:'.length)}`;
  assert.is(failure(good.replace(/^NarHash: .*$/m, narHash)), 'NARINFO_INVALID');
});

test('an operating-system tree: to text and back, and one that is named otherwise is seen', () => {
  const treeHash = sha256('listing');
  const osTree: OsTreePathInfo = {
    kind: 'os-tree',
    path: osTreePath('tree', treeHash),
    references: [],
    treeHash,
    sizeBytes: 0,
  };
  const written = renderNarInfo({ info: osTree, others: [['Sig', 'x']] });
  assert.equal(parseNarInfo(written, 'x'), { info: osTree, others: [['Sig', 'x']] });
  assert.is(failure(written.replace('-tree\n', '-other\n')), 'NARINFO_INVALID');
  assert.is(failure(written.replace('TreeSize: 0', 'TreeSize: -1')), 'NARINFO_INVALID');
  assert.is(failure(written.replace('Kind: os-tree', 'Kind: nar')), 'NARINFO_INVALID');
  assert.is.not(osTree.path, sourcePath('tree', treeHash));
});

test('what a newer genctl wrote is left to that', () => {
  assert.is(failure(text.replace('X-Genctl-Version: 1', 'X-Genctl-Version: 2')), 'NARINFO_NEWER');
  assert.is(failure(text.replace('Kind: nar', 'Kind: later')), 'NARINFO_NEWER');
});

nixTest('the real Nix reads our metadata as a binary cache and takes paths from it', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.folder('root'));
  const store = new LocalStore(root);
  const plain = await store.add('plain', fileOf('x'));
  const me = selfPlaceholder('system');
  const system = await store.add(
    'system',
    folderOf({ init: fileOf(`${me}/init`, { executable: true }), plain: linkTo(plain) }),
    { inputs: [plain], mentionsSelf: true },
  );
  const cache = scratch.folder(`root${narInfoFolder}`);
  fs.writeFileSync(`${cache}/nix-cache-info`, 'StoreDir: /nix/store\n');
  using contents = root.folder(storeFolder);
  for (const added of [plain, system]) {
    const known = (await store.info(added)) as NarPathInfo;
    const file = narFileOf(known);
    fs.mkdirSync(`${cache}/${file.folder}`, { recursive: true });
    using nars = Folder.atHostPath(`${cache}/${file.folder}`);
    nars.createUnsynced(file.name, narOf(copyOf(contents, baseNameOf(added))));
    const args = ['path-info', '--store', `file://${cache}`, '--json', added];
    const [theirs] = JSON.parse(nix('nix', args).toString()) as [
      { path: string; ca: string; narSize: number; references: string[] },
    ];
    assert.is(theirs.path, added);
    assert.is(theirs.ca, known.contentAddress);
    assert.is(theirs.narSize, known.narSizeBytes);
    assert.equal(theirs.references.toSorted(), known.references);
  }
  const nixRoot = scratch.folder('nix');
  // Signatures are required, and not needed: the names follow from the contents.
  nix('nix', ['copy', '--from', `file://${cache}`, '--to', nixRoot, system]);
  assert.is(fs.readlinkSync(`${nixRoot}${system}/plain`), plain);
  nix('nix-store', ['--store', nixRoot, '--verify-path', plain, system]);
});

test.run();
