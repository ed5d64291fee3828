// Generations that cannot start lead to the one before, by themselves, as far as that takes.
import { copyFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { declare } from './declaration.ts';
import { hangSeconds, startMachine } from './machine.ts';
import { makeOwnInitrd } from './own-initrd.ts';
import { obtainParts } from './parts.ts';
import { makeSandboxMachine, type SandboxMachine } from './sandbox-machine.ts';
import { vmTest } from './vm-test.ts';

/** What the real init of a test machine needs is loaded at once: its root has no modules. */
const declaration = `[fileSystems "/"]
device = LABEL=root
fsType = ext4
[boot.initrd]
kernelModules = vfat
kernelModules = nls_cp437
kernelModules = nls_ascii
kernelModules = nls_iso8859-1
kernelModules = nls_utf8
`;

const restarts = 'genctl.panic=reboot';

/** Nobody is there to press a key. */
const untouched = { timeoutSeconds: 2 } as const;

vmTest(
  'a root or a stage 2 that is not there leads to the generation before',
  async () => {
    await using machine = await makeSandboxMachine();
    const { root } = machine;
    const parts = await obtainParts();
    // In place of the small initrd that test machines have.
    const initrd = join(root, `boot-parts/initrd.img-${parts.kernelVersion}`);
    await copyFile(await makeOwnInitrd(machine.scratch('initrd'), parts, declaration), initrd);
    await declare(root, { ...untouched, motd: 'one', kernelParams: restarts });
    await machine.genctl('loader', 'install');
    await machine.genctl('switch');
    await declare(root, {
      ...untouched,
      motd: 'two',
      kernelParams: `${restarts} root=LABEL=nowhere rootdelay=1`,
    });
    await machine.genctl('switch');
    await declare(root, { ...untouched, motd: 'three', kernelParams: restarts });
    await machine.genctl('switch');
    // A store path without stage 2, as a damaged disk leaves it.
    const third = await readlink(join(root, 'nix/var/nix/profiles/system-3-link'));
    await rm(join(root, third, 'init'));
    await machine.writeImage();

    await assertFails(machine, /there is no \/nix\/store\/\S+\/init that could be started/, 2);
    await assertFails(machine, /there is no LABEL=nowhere/, 1);
    const { facts } = await machine.boot({ pick: 'none' });
    assert.match(facts.entrySelected, /^\W*genctl-[0-9a-f]{8}-1-/);
    assert.is(facts.motd, 'one');
  },
  { depmod: 'kmod' },
);

/** Switches the machine on and touches nothing: it says why it fails, and what starts next. */
async function assertFails(machine: SandboxMachine, reason: RegExp, next: number): Promise<void> {
  await using running = await startMachine({
    images: [machine.image],
    folder: machine.scratch('machine'),
    memoryMiB: 1024,
  });
  const said = (text: RegExp) => () => text.exec(running.console)?.[0];
  await running.waitFor('the reason', hangSeconds, said(reason));
  const entry = new RegExp(`restarts with the generation before, genctl-[0-9a-f]{8}-${next}-`);
  await running.waitFor('the restart', hangSeconds, said(entry));
  await running.end();
}

test.run();
