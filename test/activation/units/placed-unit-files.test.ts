// What an activation will do to unit files, by what `activate plan` says of it.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ActivationItem } from '../../../src/activation/activation-plan.ts';
import { overlayUnitFiles } from '../../../src/activation/units/future-unit-files.ts';
import { liveUnitFiles } from '../../../src/activation/units/live-unit-files.ts';
import type { UnitFiles } from '../../../src/activation/units/unit-files.ts';
import { placedUnitFiles } from '../../../src/commands/machine/activation/placed-unit-files.ts';
import { Root } from '../../../src/host/root.ts';

const units = 'systemd/system';

/** A machine with one `/etc` applied, and a system that has another. */
class Machine implements Disposable {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-placed-'));
  readonly root = new Root(this.folder);

  constructor(old: Readonly<Record<string, string>>, future: Readonly<Record<string, string>>) {
    const manifest = (from: string, names: readonly string[]): string =>
      `from '${from}'\n${names.map(name => `link '${units}/${name}'\n`).join('')}`;
    for (const [from, files] of [
      ['/nix/old', old],
      ['/nix/new', future],
    ] as const) {
      for (const [name, text] of Object.entries(files))
        this.write(`${from}/${units}/${name}`, text);
    }
    for (const name of Object.keys(old)) {
      this.link(`/etc/${units}/${name}`, `/etc/static/${units}/${name}`);
    }
    this.link('/etc/static', '/nix/old');
    this.write('/etc/.genctl/manifest', manifest('/nix/old', Object.keys(old)));
    this.write('/system/etc-manifest', manifest('/nix/new', Object.keys(future)));
  }

  write(logicalPath: string, text: string): void {
    fs.writeFileSync(this.#at(logicalPath), text);
  }

  link(logicalPath: string, target: string): void {
    fs.symlinkSync(target, this.#at(logicalPath));
  }

  remove(logicalPath: string): void {
    fs.rmSync(this.#at(logicalPath));
  }

  files(items: readonly ActivationItem[]): { now: UnitFiles; future: UnitFiles } {
    const now = liveUnitFiles(this.root);
    return {
      now,
      future: overlayUnitFiles(now, placedUnitFiles(this.root, now, '/system', items)),
    };
  }

  #at(logicalPath: string): string {
    const file = this.folder + logicalPath;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return file;
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

function textOf(files: UnitFiles, name: string): string | undefined {
  return files.at(`/etc/${units}/${name}`)?.text;
}

test('links lead to new texts once /etc/static does; what says the same is the same', () => {
  using machine = new Machine(
    { 'a.service': 'one', 'b.service': 'same', 'gone.service': 'one' },
    { 'a.service': 'two', 'b.service': 'same', 'new.service': 'two' },
  );
  const { now, future } = machine.files([
    { action: 'link', path: `${units}/new.service` },
    { action: 'remove', path: `${units}/gone.service` },
  ]);
  assert.equal(future.names(`/etc/${units}`), ['a.service', 'b.service', 'new.service']);
  assert.equal([textOf(now, 'a.service'), textOf(future, 'a.service')], ['one', 'two']);
  assert.is(textOf(future, 'new.service'), 'two');
  assert.is(future.at(`/etc/${units}/b.service`), now.at(`/etc/${units}/b.service`));
});

test('what is kept or was edited stays as it is, and what comes back is seen', () => {
  using machine = new Machine(
    { 'kept.service': 'ours', 'mine.service': 'ours' },
    { 'kept.service': 'ours, changed' },
  );
  machine.remove(`/etc/${units}/kept.service`);
  machine.write(`/etc/${units}/kept.service`, 'theirs');
  machine.write(
    `/etc/${units}/edited.service`,
    'a copy that was edited, and that no item is about',
  );
  const backup = '/etc/.genctl/backup/systemd/system/mine.service';
  machine.link(backup, '/dev/null');
  machine.write('/dev/null', '');
  const { now, future } = machine.files([
    { action: 'remove', path: `${units}/mine.service` },
    { action: 'restore', path: `${units}/mine.service`, backup },
    { action: 'keep', path: `${units}/kept.service`, obstacle: 'file' },
  ]);
  assert.is(textOf(future, 'kept.service'), 'theirs');
  assert.is(future.at(`/etc/${units}/edited.service`), now.at(`/etc/${units}/edited.service`));
  assert.equal(future.at(`/etc/${units}/mine.service`)?.kind, 'link');
  assert.is(textOf(future, 'mine.service'), '');
});

test('what is backed up gives way to what is placed, or to nothing', () => {
  using machine = new Machine({}, { 'a.service': 'ours' });
  machine.write(`/etc/${units}/a.service`, 'theirs');
  machine.write(`/etc/${units}/copy.service`, 'edited, and wanted no more');
  const backup = (name: string): ActivationItem => ({
    action: 'backup',
    path: `${units}/${name}`,
    backup: `/etc/.genctl/backup/${name}`,
    obstacle: 'file',
    policy: 'backup',
  });
  const { future } = machine.files([
    backup('a.service'),
    backup('copy.service'),
    { action: 'link', path: `${units}/a.service` },
  ]);
  assert.equal(future.names(`/etc/${units}`), ['a.service']);
  assert.is(textOf(future, 'a.service'), 'ours');
});

test.run();
