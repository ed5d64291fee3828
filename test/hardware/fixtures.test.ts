import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { handBuiltMachines } from '../../hw-fixtures/machines.ts';
import { readFacts } from '../../src/hardware/facts/read-facts.ts';
import type { KernelModules } from '../../src/hardware/kernel/kernel-modules.ts';
import { readKernelModules } from '../../src/hardware/kernel/read-kernel-modules.ts';
import { bootChains } from '../../src/hardware/module/boot-chains.ts';
import { initrdModules } from '../../src/hardware/module/initrd-modules.ts';
import { planModule } from '../../src/hardware/module/plan-module.ts';
import { openSource } from '../../src/hardware/sources/open-source.ts';
import { checkExpectation, type Expectation, type Found, type Json } from './expectation.ts';
import { captureOf } from './hand-built/words.ts';

// Whole machines, from their captures to their modules, against what a person expects of them.

const initrdList = 'boot.initrd.availableKernelModules';
const fixtures = new URL('../../hw-fixtures/', import.meta.url);
const names = readdirSync(fixtures)
  .filter(name => existsSync(new URL(`${name}/capture.tar.gz`, fixtures)))
  .toSorted();

for (const name of names) {
  test(`${name} is what a person expects of it`, () => {
    const expected = readExpectation(name);
    const kernel = expected.kernel === null ? undefined : debianKernel();
    assert.equal(checkExpectation(expected, readFixture(name, kernel)), []);
  });
}

for (const [name, machine] of Object.entries(handBuiltMachines)) {
  test(`${name}: its capture is what its description gives`, () => {
    // Compressed bytes may differ between versions of zlib.
    const committed = gunzipSync(readFileSync(new URL(`${name}/capture.tar.gz`, fixtures)));
    const built = gunzipSync(captureOf(machine));
    assert.ok(committed.equals(built), 'run scripts/make-hw-fixtures');
  });
}

// Each says something of the Xen guest that is not so.
const wrong: readonly (readonly [string, (expected: Expectation) => Expectation])[] = [
  ['a fact', expected => ({ ...expected, facts: { platform: 'riscv64-linux' } })],
  [
    'a device that is there',
    expected => ({ ...expected, facts: { devices: { 'xen/vif-0': null } } }),
  ],
  ['a keyboard too many', expected => ({ ...expected, facts: { keyboards: ['one'] } })],
  ['a module too few on the way to the root', expected => withChain(expected, ['ext4'])],
  ['the way to the root turned round', expected => withChain(expected, ['xen_blkfront', 'ext4'])],
  ['a way that is not expected at all', expected => ({ ...expected, chains: {} })],
  ['an option that is missing', expected => withOption(expected, 'boot.isContainer', true)],
  ['an option too many', expected => withOption(expected, 'fileSystems', {})],
  ['a module too many in the initrd', expected => withOption(expected, initrdList, [])],
  ['an omission', expected => ({ ...expected, leftOut: ['/mnt'] })],
  ['what the source cannot tell', expected => ({ ...expected, unknown: ['the weather'] })],
];

for (const [what, spoil] of wrong) {
  test(`an expectation that is wrong is noticed: ${what}`, () => {
    const expected = readExpectation('xen-guest');
    const found = readFixture('xen-guest', debianKernel());
    assert.is.not(checkExpectation(spoil(expected), found).length, 0);
  });
}

test('there are machines of both kinds', () => {
  assert.ok(names.length >= 20, `only ${names.length}`);
  assert.ok(names.some(name => name.startsWith('qemu-')));
});

test.run();

function withChain(expected: Expectation, root: readonly string[]): Expectation {
  return { ...expected, chains: { ...expected.chains, '/': root } };
}

function withOption(expected: Expectation, option: string, value: Json): Expectation {
  return { ...expected, module: { ...expected.module, [option]: value } };
}

function readFixture(name: string, kernel: KernelModules | undefined): Found {
  const bytes = readFileSync(new URL(`${name}/capture.tar.gz`, fixtures));
  const facts = readFacts(openSource(bytes, name));
  const chains = bootChains(facts, kernel, '/');
  const drivers = initrdModules(facts, kernel, chains);
  const choices = { deviceBy: 'uuid', withFileSystems: true, root: '/' } as const;
  return { facts, chains, module: planModule(facts, drivers, choices) };
}

function readExpectation(name: string): Expectation {
  return JSON.parse(readFileSync(new URL(`${name}/expected.json`, fixtures), 'utf8'));
}

/** The kernel whose lists of modules are among the fixtures. */
function debianKernel(): KernelModules {
  const folder = new URL('kernel/lib/modules/', fixtures);
  const release = readdirSync(folder)[0] ?? '';
  const readFile = (file: string): Uint8Array | undefined => {
    const path = new URL(`${release}/${file}`, folder);
    return existsSync(path) ? readFileSync(path) : undefined;
  };
  const kernel = readKernelModules(readFile, release);
  if (kernel === undefined) throw new Error(`no modules.dep of ${release}`);
  return kernel;
}
