import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isInstalled } from '../../../../src/host/run.ts';
import {
  type BuildPlan,
  cleanScript,
  installScript,
} from '../../../../src/system/debian/tree/build-script.ts';
import type { PackageControl } from '../../../../src/system/debian/tree/package-control.ts';
import { testWhere } from '../../../store/test-where.ts';

function control(name: string, architecture = 'amd64'): PackageControl {
  const relations = { preDepends: [], depends: [], provides: [] };
  return { name, architecture, sha256: name, essential: false, ...relations };
}

const plan: BuildPlan = {
  scratch: "/srv/it's here",
  packages: '/srv/the packages',
  architecture: 'amd64',
  order: {
    essential: [control('a'), control('d')],
    batches: [[control('b'), control('c', 'i386')]],
  },
  base: undefined,
};
const scripts = [
  installScript(plan),
  installScript({ ...plan, base: '/nix/store/base', order: { ...plan.order, essential: [] } }),
  cleanScript,
];

testWhere(isInstalled('shellcheck'), 'needs shellcheck', 'shellcheck has nothing to say', () => {
  for (const input of scripts) {
    const { stdout } = spawnSync('shellcheck', ['--shell=sh', '-'], { input, encoding: 'utf8' });
    assert.is(stdout, '');
  }
});

test('other architectures than the machine’s are made known to dpkg', () => {
  assert.match(installScript(plan), /^ *inside dpkg --add-architecture 'i386'$/m);
  assert.not.match(installScript({ ...plan, architecture: 'i386' }), "architecture 'i386'");
});

test('paths are words, whatever is in them', () => {
  assert.match(installScript(plan), "cd -- '/srv/it'\\''s here'");
  assert.match(installScript(plan), "-- '/srv/the packages' ");
});

test.run();
