import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gcRootSteps, readPinRoots, withoutGcRootSteps } from '../../src/generations/pin-roots.ts';
import { generation } from './made-up.ts';
import { StateFile } from './state-file.ts';

const folder = '/nix/var/nix/gcroots/genctl';
const target = `/nix/store/${'0'.repeat(32)}-system`;
const pinned = { ...generation(3, 77), target };
const path = `${folder.slice(1)}/system-3`;
const makesLink = { kind: 'make-link', path, target, mtimeSeconds: 77 };

test('a pin makes the link that collectors look for, with what is missing above it', () => {
  using file = new StateFile();
  fs.mkdirSync(file.at('/nix/var/nix'));
  assert.equal(gcRootSteps(pinned, readPinRoots(file.root)), [
    { kind: 'make-folder', volume: 'root', path: 'nix/var/nix/gcroots' },
    { kind: 'make-folder', volume: 'root', path: folder.slice(1) },
    makesLink,
  ]);
  fs.mkdirSync(file.at(folder), { recursive: true });
  assert.equal(gcRootSteps(pinned, readPinRoots(file.root)), [makesLink]);
});

test('a pin that has its link plans nothing, and without the pin the link goes', () => {
  using file = new StateFile();
  fs.mkdirSync(file.at(folder), { recursive: true });
  assert.equal(withoutGcRootSteps(pinned, readPinRoots(file.root)), []);
  fs.symlinkSync(target, file.at(`/${path}`));
  const roots = readPinRoots(file.root);
  assert.equal(gcRootSteps(pinned, roots), []);
  assert.equal(withoutGcRootSteps(pinned, roots), [{ kind: 'remove-link', path, target }]);
  assert.equal(withoutGcRootSteps({ profile: 'work', number: 3 }, roots), []);
});

test('the root of a number that had another system leads to the pinned one', () => {
  using file = new StateFile();
  fs.mkdirSync(file.at(folder), { recursive: true });
  fs.symlinkSync('/nix/store/other', file.at(`/${path}`));
  assert.equal(gcRootSteps(pinned, readPinRoots(file.root)), [
    { kind: 'swap-link', path, before: '/nix/store/other', after: target },
  ]);
});

test.run();
