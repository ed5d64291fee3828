import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { layoutOf } from '../../src/boot/layout.ts';
import { parseLoaderConf } from '../../src/boot/systemd-boot/loader-conf.ts';
import { planInstallation } from '../../src/boot/systemd-boot/plan-installation.ts';
import { digestOfText } from '../../src/transaction/lower.ts';
import { makePlan } from '../../src/transaction/plan.ts';
import { recovery } from '../../src/transaction/recovery.ts';
import {
  crashStates,
  type SimulatedState,
  simulate,
  simulateAll,
  viewOf,
} from '../../src/transaction/simulate.ts';
import { emptyMachine, partitionOf, plannedEsp } from './model-machine.ts';

const owner = '11111111-2222-4333-8444-555555555555';
const settings = { timeout: 5, editor: true, consoleMode: 'keep' } as const;
const paths = { own: 'EFI/systemd/systemd-bootx64.efi', removable: 'EFI/BOOT/BOOTX64.EFI' };
const binary = (version: string) => ({
  ...digestOfText(`systemd-boot ${version}`),
  source: '/usr/lib/systemd/boot/efi/systemd-bootx64.efi',
  paths,
  version,
  isSigned: false,
});

/** A partition where somebody else's systemd-boot 252 boots, with a loader.conf of its own. */
function foreignPartition(loaderConf: string): SimulatedState {
  const text = (content: string) => ({ ...digestOfText(content), text: content });
  return {
    ...emptyMachine().state,
    files: new Map([
      ['esp:loader/loader.conf', text(loaderConf)],
      [`esp:${paths.own}`, digestOfText('systemd-boot 252')],
      [`esp:${paths.removable}`, digestOfText('systemd-boot 252')],
    ]),
    folders: new Set(['esp:EFI', 'esp:EFI/BOOT', 'esp:EFI/systemd', 'esp:loader']),
  };
}

function planFor(state: SimulatedState) {
  const installed = { ...digestOfText('systemd-boot 252'), version: '252' };
  const parts = planInstallation({
    partition: partitionOf(state),
    layout: layoutOf(owner),
    owner,
    settings,
    binary: binary('257'),
    installed: { own: installed, removable: installed },
    bootctl: undefined,
  });
  return makePlan('loader install', [plannedEsp(state)], () => 'test', parts);
}

const conf = '# by hand\ntimeout 3\ndefault debian.conf\n';

test('at every instant of an installation one of the two binaries is whole', () => {
  const start = foreignPartition(conf);
  const plan = planFor(start);
  const whole = ['252', '257'].map(version => digestOfText(`systemd-boot ${version}`).sha256);
  const run = simulate({ durable: start, volatile: [] }, [
    ...plan.prepare,
    ...plan.commit,
    ...plan.cleanup,
  ]);
  let crashes = 0;
  for (let next = run.next(); next.done !== true; next = run.next()) {
    for (const state of crashStates(next.value.before, next.value.write)) {
      crashes += 1;
      const found = Object.values(paths).map(path => state.files.get(`esp:${path}`)?.sha256);
      assert.ok(
        found.some(sha256 => sha256 !== undefined && whole.includes(sha256)),
        `crash at ${JSON.stringify(next.value.write)}`,
      );
      // The default that the owner of the machine had set is there throughout.
      const text = state.files.get('esp:loader/loader.conf')?.text ?? '';
      assert.is(parseLoaderConf(text).get('default'), 'debian.conf', text);
      const { steps, cleanup } = recovery(plan, viewOf(state), { bootedSince: false });
      const recovered = simulateAll(state, [...steps, ...cleanup]);
      const left = [...recovered.files.keys()].filter(key => key.endsWith('.part'));
      assert.equal(left, [], 'recovery leaves nothing half-made');
    }
  }
  assert.ok(crashes > 20);
});

test('settings that somebody made are kept beside what becomes ours', () => {
  const start = foreignPartition(conf);
  const plan = planFor(start);
  const end = simulateAll(start, [...plan.prepare, ...plan.commit, ...plan.cleanup]);
  const copies = [...end.files].filter(([key]) => key.includes('before-genctl'));
  assert.equal(
    copies.map(([, { text }]) => text),
    [conf],
  );
  assert.is(end.files.get('esp:loader/loader.conf')?.sizeBytes, 512);
  for (const path of Object.values(paths)) {
    assert.is(end.files.get(`esp:${path}`)?.sha256, binary('257').sha256);
  }
});

test('a loader.conf that is longer than a sector is refused', () => {
  assert.throws(
    () => planFor(foreignPartition(`${'#'.repeat(600)}\ndefault x.conf\n`)),
    (error: Error & { code?: string }) => error.code === 'LOADER_CONF_TOO_LONG',
  );
});

test.run();
