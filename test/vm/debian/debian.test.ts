// Proves the machine itself: what fails here is not the fault of what the other tests look for.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { vmTest } from '../vm-test.ts';
import { bootAndListen, debianConf, declareFile, makeDebianMachine } from './debian-machine.ts';

vmTest("Debian's systemd comes up on a generation of genctl's, which switches there", async () => {
  await using machine = await makeDebianMachine(['harness.sh']);
  await declareFile(machine.root, 'system.conf', debianConf());
  await declareFile(machine.root, 'etc/motd', 'one\n');
  await machine.genctl('loader', 'install');
  await machine.genctl('switch');
  await machine.writeImage({ freeMiB: 128 });
  const { values, about } = await bootAndListen(machine);
  assert.is(values.get('state'), 'running', about);
  assert.is(values.get('init'), '/usr/lib/systemd/systemd', about);
  assert.is(values.get('boot-type'), 'vfat', about);
  assert.is(values.get('motd'), 'one', about);
  assert.is(values.get('switch'), '0', about);
  assert.is(values.get('hello'), 'active', about);
});

test.run();
