// Unit files of a root, read on demand, and never from outside of it.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { liveUnitFiles } from '../../../src/activation/units/live-unit-files.ts';
import { Root } from '../../../src/host/root.ts';

class Tree implements Disposable {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-units-'));
  readonly root = new Root(this.folder);

  at(logicalPath: string): string {
    const file = this.folder + logicalPath;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return file;
  }

  write(logicalPath: string, text: string): void {
    fs.writeFileSync(this.at(logicalPath), text);
  }

  link(logicalPath: string, target: string): void {
    fs.symlinkSync(target, this.at(logicalPath));
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

const units = '/etc/systemd/system';

test('files, links through /etc/static, aliases, masked units, folders', () => {
  using tree = new Tree();
  tree.write(`${units}/own.service`, 'own');
  tree.write('/nix/store/etc/systemd/system/ours.service', 'ours');
  tree.link('/etc/static', '/nix/store/etc');
  tree.link(`${units}/ours.service`, '/etc/static/systemd/system/ours.service');
  tree.link(`${units}/alias.service`, 'own.service');
  tree.write('/dev/null', '');
  tree.link(`${units}/masked.service`, '/dev/null');
  tree.write(`${units}/own.service.d/10.conf`, 'drop-in');
  const files = liveUnitFiles(tree.root);
  assert.equal(files.names(units), [
    'alias.service',
    'masked.service',
    'ours.service',
    'own.service',
    'own.service.d',
  ]);
  assert.equal(files.names(`${units}/own.service.d`), ['10.conf']);
  assert.equal(files.at(`${units}/own.service`), { kind: 'file', text: 'own' });
  assert.equal(files.at(`${units}/ours.service`), {
    kind: 'link',
    target: '/etc/static/systemd/system/ours.service',
    text: 'ours',
  });
  assert.equal(files.at(`${units}/alias.service`), {
    kind: 'link',
    target: 'own.service',
    text: 'own',
  });
  assert.equal(files.at(`${units}/masked.service`), {
    kind: 'link',
    target: '/dev/null',
    text: '',
  });
  assert.is(files.at(`${units}/own.service.d`), undefined);
});

test('what leads nowhere, in a circle or out of the root has no text, and stops nobody', () => {
  using tree = new Tree();
  const outside = path.join(tree.folder, '..', `${path.basename(tree.folder)}-outside`);
  fs.writeFileSync(outside, 'outside');
  try {
    tree.link(`${units}/circle.service`, 'circle.service');
    tree.link(`${units}/nowhere.service`, '/nowhere/at/all');
    tree.link(`${units}/through-a-file.service`, 'circle.service/below');
    tree.link(`${units}/out.service`, outside);
    tree.link(`${units}/up.service`, `../../../../${path.basename(outside)}`);
    tree.write(`${units}/huge.service`, '#'.repeat((4 << 20) + 1));
    const files = liveUnitFiles(tree.root);
    for (const name of files.names(units)) {
      assert.is(files.at(`${units}/${name}`)?.text, undefined, name);
    }
    assert.is(files.names(units).length, 6);
  } finally {
    fs.rmSync(outside);
  }
});

test('nothing is there', () => {
  using tree = new Tree();
  tree.write('/usr/lib/systemd', 'a file');
  const files = liveUnitFiles(tree.root);
  for (const folder of [units, '/usr/lib/systemd/system', '/usr/lib/systemd']) {
    assert.equal(files.names(folder), [], folder);
    assert.is(files.at(`${folder}/a.service`), undefined, folder);
  }
});

test('what was read once stays, so that a plan is made of one state', () => {
  using tree = new Tree();
  tree.write(`${units}/a.service`, 'before');
  const files = liveUnitFiles(tree.root);
  assert.is(files.at(`${units}/a.service`)?.text, 'before');
  tree.write(`${units}/a.service`, 'after');
  assert.is(files.at(`${units}/a.service`)?.text, 'before');
});

test.run();
