// genctl inside a running machine: on the kernel's own FAT, with the store mounted read-only and
// the firmware's variables there. What only simulations show elsewhere happens here.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { declare } from './declaration.ts';
import { valuesIn } from './facts.ts';
import { layGenctl, layHook } from './guest-programs.ts';
import { checkEsp } from './read-esp.ts';
import { type Boot, makeSandboxMachine } from './sandbox-machine.ts';
import { vmTest } from './vm-test.ts';

vmTest('switch, rollback, gc, boot --once in a running machine, and the boots after', async () => {
  await using machine = await makeSandboxMachine();
  await declare(machine.root, { motd: 'one', kernelParams: 'test.generation=1' });
  await machine.genctl('loader', 'install');
  await machine.genctl('switch');
  await declare(machine.root, { motd: 'two', kernelParams: 'test.generation=2' });
  await machine.genctl('switch');
  await layGenctl(machine.root);
  await layHook(machine.root, 'inside-hook.sh');
  await machine.writeImage({ freeMiB: 128 });

  const live = await machine.boot();
  const said = valuesIn(live.facts.hook);
  const about = `the machine said:\n${live.facts.hook}`;
  const expected = {
    mount: 'vfat',
    switch: '0',
    motd: 'three',
    override: 'cleared',
    'again-wrote': '0',
    rollback: '0',
    'motd-after-rollback': 'three',
    gc: '0',
    store: 'closed',
    'umask-holes': '0',
    once: '0',
  };
  assert.equal(
    Object.fromEntries(Object.keys(expected).map(key => [key, said.get(key)])),
    expected,
    about,
  );

  const loader = JSON.parse(said.get('loader') ?? '');
  assert.equal(loader.firmware, { bits: 64, secureBoot: false }, about);
  assert.match(loader.running, /^systemd-boot /, about);
  assert.match(loader.selectedEntry, /-2-.*\.conf$/, about);
  assert.match(loader.overridingDefault, /-1-.*\.conf$/, about);
  assert.is(JSON.parse(said.get('again') ?? '').changed, false, about);
  const status = JSON.parse(said.get('status') ?? '');
  assert.is(status.current.number, 2, about);
  assert.is(status.default.number, 2, about);
  assert.is(status.booted.number, 2, about);
  assert.is(status.active.number, 3, about);
  assert.is(await checkEsp(machine.esp, machine.scratch('after-live')), undefined);

  assert.is(JSON.parse(said.get('default-after-once') ?? '').default.number, 2, about);

  const once = await machine.boot();
  assert.match(titleOf(once), /generation 3\b/);
  assert.equal(
    once.menu.titles.flatMap(title => /generation (\d+)/.exec(title)?.[1] ?? []),
    ['3', '2'],
  );
  assert.is(once.facts.motd, 'three');

  const after = await machine.boot();
  assert.match(titleOf(after), /generation 2\b/);
  assert.is(after.facts.motd, 'two');
  assert.is(await checkEsp(machine.esp, machine.scratch('after-boot')), undefined);
});

function titleOf({ menu }: Boot): string {
  return menu.titles[menu.chosen] ?? '';
}

test.run();
