import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installOrder } from '../../../../src/system/debian/tree/install-order.ts';
import type { PackageControl } from '../../../../src/system/debian/tree/package-control.ts';
import { parseRelations } from '../../../../src/system/debian/tree/relations.ts';

interface Fields {
  essential?: boolean;
  preDepends?: string;
  depends?: string;
  provides?: string;
}

function control(name: string, fields: Fields = {}): PackageControl {
  return {
    name,
    architecture: 'amd64',
    sha256: name,
    essential: fields.essential ?? false,
    preDepends: parseRelations(fields.preDepends ?? ''),
    depends: parseRelations(fields.depends ?? ''),
    provides: parseRelations(fields.provides ?? '').flat(),
  };
}

/** Names, those of one batch in one text. */
function order(packages: PackageControl[], installed: string[] = []): string[] {
  const { essential, batches } = installOrder(packages, new Set(installed));
  return [essential, ...batches].map(batch => batch.map(({ name }) => name).join(' '));
}

test('relations are names; versions, architectures and profiles are not', () => {
  assert.equal(
    parseRelations('libc6 (>= 2.36), debconf (>= 0.5) | debconf-2.0, perl:any, init [linux-any],'),
    [['libc6'], ['debconf', 'debconf-2.0'], ['perl'], ['init']],
  );
});

test('all that essential packages need comes with them', () => {
  const packages = [
    control('htop', { depends: 'libc6' }),
    control('libc6', { depends: 'libgcc-s1' }),
    control('libgcc-s1', { depends: 'libc6' }),
    control('bash', { essential: true, preDepends: 'libc6' }),
  ];
  assert.equal(order(packages), ['bash libc6 libgcc-s1', 'htop']);
});

test('what has to be configured before a package is unpacked is in an earlier batch', () => {
  const packages = [
    control('a', { preDepends: 'b' }),
    control('b', { depends: 'c, d | e' }),
    control('c', { preDepends: 'mail-agent' }),
    control('e', { provides: 'mail-agent' }),
  ];
  assert.equal(order(packages), ['', 'e', 'b c', 'a']);
});

test('what needs each other is configured together', () => {
  const packages = [control('a', { depends: 'b' }), control('b', { depends: 'a' })];
  assert.equal(order(packages), ['', 'a b']);
});

test('pre-dependencies in a circle are left to dpkg', () => {
  const packages = [control('a', { preDepends: 'b' }), control('b', { preDepends: 'a' })];
  assert.equal(order(packages), ['', 'a b']);
});

test('the order of the packages given decides nothing', () => {
  const packages = [
    control('a', { essential: true }),
    control('b', { preDepends: 'c' }),
    control('c'),
    control('d', { depends: 'b' }),
  ];
  assert.equal(order(packages.toReversed()), order(packages));
});

test('on top of a tree only the new ones are ordered', () => {
  const packages = [control('b', { preDepends: 'c' }), control('c', { depends: 'awk, libc6' })];
  assert.equal(order(packages, ['libc6', 'mawk', 'awk']), ['', 'c', 'b']);
});

test.run();
