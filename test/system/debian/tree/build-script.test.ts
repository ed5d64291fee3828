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

function control(name: string): PackageControl {
  const relations = { preDepends: [], depends: [], provides: [] };
  return { name, architecture: 'amd64', sha256: name, essential: false, ...relations };
}

const plan: BuildPlan = {
  scratch: "/srv/it's here",
  packages: '/srv/the packages',
  architecture: 'amd64',
  order: {
    essential: [control('a'), control('d')],
    batches: [[control('b'), control('c')]],
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

test('paths are words, whatever is in them', () => {
  assert.match(installScript(plan), "cd -- '/srv/it'\\''s here'");
  assert.match(installScript(plan), "-- '/srv/the packages' ");
});

test.run();
