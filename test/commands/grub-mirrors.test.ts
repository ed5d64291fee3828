import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  assertScripts,
  declareGrub,
  goWell,
  grubMachine,
  systemBootedByGrub,
  systemsInGrub,
} from './grub-machine.ts';
import { assertRefused } from './refusal.ts';
import { type Answer, Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

const mirror = ['[boot.loader.grub.mirroredBoots "/boot2"]', 'devices = nodev'];
const boots = ['/boot', '/boot2'];

/** A machine whose two boot folders are mirrors. */
function mirrored(generations: number): Sandbox {
  using empty = grubMachine(0);
  const sandbox = empty.copy();
  fs.mkdirSync(sandbox.at('/boot2/genctl'), { recursive: true });
  for (let number = 1; number <= generations; number++) {
    declareNext(sandbox, number);
    goWell(sandbox, 'switch');
  }
  return sandbox;
}

function declareNext(sandbox: Sandbox, number: number): void {
  sandbox.write('/boot-parts/vmlinuz-6.1.0', `kernel ${number}`);
  declareGrub(sandbox, { label: `n${number}`, grub: ['copyKernels = true', ...mirror] });
}

function assertBoots(sandbox: Sandbox, boot: string, number: number): void {
  const system = systemBootedByGrub(sandbox.root, sandbox.at(boot));
  assert.is(system, sandbox.target(number), boot);
}

function assertBehind(sandbox: Sandbox, answer: Answer, place: string, code: string): void {
  assert.is(answer.exitCode, 3, answer.stderr);
  const [line] = /^warning\[MIRROR_BEHIND\].*$/m.exec(answer.stderr) ?? [];
  assert.ok(line?.includes(`${sandbox.at(place)}: `) && line.includes(`(${code})`), answer.stderr);
}

function assertAlike(sandbox: Sandbox, number: number): void {
  for (const boot of boots) {
    assertBoots(sandbox, boot, number);
    assert.equal(
      systemsInGrub(sandbox.root, sandbox.at(boot)),
      sandbox
        .numbers()
        .toReversed()
        .map(each => sandbox.target(each)),
      boot,
    );
    assertScripts(sandbox, boot);
  }
  assert.match(goWell(sandbox, 'menu', 'verify').stdout, /^all \d+ files/);
}

test('two boot folders are kept alike, though their paths differ', () => {
  using sandbox = mirrored(2);
  assertAlike(sandbox, 2);
  sandbox.runWell('rollback');
  assertAlike(sandbox, 1);
  sandbox.runWell('switch', '2');
  sandbox.runWell('gc', '--keep', '1');
  assertAlike(sandbox, 2);
  const before = sandbox.snapshot({ withTimes: true });
  goWell(sandbox, 'switch');
  assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
});

for (const [missing, other] of [boots, boots.toReversed()] as [string, string][]) {
  test(`${missing} is missing: ${other} is done, and the other catches up when it is back`, () => {
    using sandbox = mirrored(2);
    fs.renameSync(sandbox.at(missing), sandbox.at('/away'));
    if (missing === '/boot2') fs.mkdirSync(sandbox.at(missing));
    const code = missing === '/boot2' ? 'BOOT_NOT_MOUNTED' : 'BOOT_FOLDER_MISSING';
    declareNext(sandbox, 3);
    assertBehind(sandbox, sandbox.run(['switch']), missing, code);
    assertBoots(sandbox, other, 3);
    assertBehind(sandbox, sandbox.run(['switch']), missing, code);
    assertBehind(sandbox, sandbox.run(['menu', 'verify']), missing, code);
    assertBehind(sandbox, sandbox.run(['status']), missing, code);
    if (missing === '/boot2') {
      assert.equal(sandbox.names(missing), [], 'nothing is written below the mount point');
      fs.rmdirSync(sandbox.at(missing));
    }
    fs.renameSync(sandbox.at('/away'), sandbox.at(missing));
    assertBoots(sandbox, missing, 2);
    const drift = sandbox.run(['menu', 'verify']);
    assert.is(drift.exitCode, 3);
    assert.match(drift.stderr, `${sandbox.at(missing)} boots generation 2`);
    sandbox.runWell('menu', 'sync');
    assertAlike(sandbox, 3);
  });
}

test('both are missing: refused, and nothing is written', () => {
  using sandbox = mirrored(1);
  declareNext(sandbox, 2);
  for (const boot of boots) fs.renameSync(sandbox.at(boot), sandbox.at(`${boot}-away`));
  assertRefused(sandbox, ['switch'], {
    code: 'BOOT_FOLDER_MISSING',
    message: 'ROOT/boot: there is no such folder',
    hint: /mkdir/,
  });
});

test('one folder that is named twice, by a link, is refused', () => {
  using sandbox = mirrored(1);
  fs.rmSync(sandbox.at('/boot2'), { recursive: true });
  fs.symlinkSync('boot', sandbox.at('/boot2'));
  declareNext(sandbox, 2);
  assertRefused(sandbox, ['switch'], {
    code: 'MIRROR_SAME',
    message: '/boot and /boot2 are the same partition',
    hint: /once/,
  });
});

test('a mirror is named, and then is not: what is ours there goes', () => {
  using sandbox = mirrored(2);
  declareGrub(sandbox, { label: 'n3', grub: ['copyKernels = true'] });
  sandbox.runWell('switch');
  assertBoots(sandbox, '/boot', 3);
  assert.equal(sandbox.names('/boot2/genctl').length <= 1, true);
});

test.run();
