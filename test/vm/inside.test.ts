// genctl inside a running machine: on the kernel's own FAT, with the store mounted read-only and
// the firmware's variables there. What only simulations show elsewhere happens here.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { declare } from './declaration.ts';
import { layGenctl } from './guest-programs.ts';
import { checkEsp } from './read-esp.ts';
import { makeSandboxMachine } from './sandbox-machine.ts';
import { vmTest } from './vm-test.ts';

/** Removes itself: the next boot shows what it has led to. */
const hook = `#!/bin/sh
rm /test-hook
echo three > /etc/genctl/etc/motd
genctl switch && echo "switched: $(cat /etc/motd)"
genctl switch && echo "again"
genctl list
genctl rollback --boot && echo "rolled back: $(cat /etc/motd)"
(echo written > /nix/store/x) 2> /dev/null || echo "store closed"
`;

vmTest('switch and rollback --boot in a running machine, and the boot after', async () => {
  await using machine = await makeSandboxMachine();
  await declare(machine.root, { motd: 'one', kernelParams: 'test.generation=1' });
  await machine.genctl('loader', 'install');
  await machine.genctl('switch');
  await declare(machine.root, { motd: 'two', kernelParams: 'test.generation=2' });
  await machine.genctl('switch');
  await layGenctl(machine.root);
  await writeFile(join(machine.root, 'test-hook'), hook, { mode: 0o755 });
  await machine.writeImage(128);

  const live = await machine.boot({ seconds: 400 });
  assert.match(live.facts.hook, 'switched: three', live.facts.hook);
  assert.match(live.facts.hook, 'rolled back: three', live.facts.hook);
  assert.match(live.facts.hook, 'store closed', live.facts.hook);
  assert.is(await checkEsp(machine.image, machine.scratch('after-switch')), undefined);

  const after = await machine.boot();
  assert.match(after.menu.titles[after.menu.chosen] ?? '', /generation 2\b/);
  assert.match(after.menu.titles.join('\n'), /generation 3\b/);
  assert.is(after.facts.motd, 'two');
  assert.is(await checkEsp(machine.image, machine.scratch('after-rollback')), undefined);
});

test.run();
