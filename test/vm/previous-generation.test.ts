// Generations that cannot start lead to the one before, by themselves, as far as that takes.
import { copyFile, cp, mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../src/host/root.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import type { StorePath } from '../../src/store/store-path.ts';
import { buildInitrd } from '../../src/system/initrd/build-initrd.ts';
import { configurationOf } from '../system/initrd/sample-configuration.ts';
import { declare } from './declaration.ts';
import { startMachine } from './machine.ts';
import { obtainParts, type Parts } from './parts.ts';
import { runTool } from './run-tool.ts';
import { makeSandboxMachine, type SandboxMachine } from './sandbox-machine.ts';
import { vmTest } from './vm-test.ts';

const hash = '0'.repeat(32);
const tree = `/nix/store/${hash}-tree` as StorePath;
const modules = `/nix/store/${hash}-modules` as StorePath;

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

vmTest(
  'a root or a stage 2 that is not there leads to the generation before',
  async () => {
    await using machine = await makeSandboxMachine();
    await layOwnInitrd(machine, await obtainParts());
    const { root } = machine;
    await declare(root, { motd: 'one', kernelParams: restarts });
    await machine.genctl('loader', 'install');
    await machine.genctl('switch');
    await declare(root, {
      motd: 'two',
      kernelParams: `${restarts} root=LABEL=nowhere rootdelay=1`,
    });
    await machine.genctl('switch');
    await declare(root, { motd: 'three', kernelParams: restarts });
    await machine.genctl('switch');
    // A store path without stage 2, as a damaged disk leaves it.
    const third = await readlink(join(root, 'nix/var/nix/profiles/system-3-link'));
    await rm(join(root, third, 'init'));
    await machine.writeImage();

    await assertFails(machine, /there is no \/nix\/store\/\S+\/init that could be started/, 2);
    await assertFails(machine, /there is no LABEL=nowhere/, 1);
    const { facts } = await machine.boot();
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
  await running.waitFor('the reason', 240, said(reason));
  const entry = new RegExp(`restarts with the generation before, genctl-[0-9a-f]{8}-${next}-`);
  await running.waitFor('the restart', 60, said(entry));
  await running.end(60);
}

/** In place of the small initrd that test machines have. */
async function layOwnInitrd(machine: SandboxMachine, parts: Parts): Promise<void> {
  const host = machine.scratch('host');
  const path = (logicalPath: string): string => join(host, logicalPath);
  await mkdir(path(`${tree}/usr/bin`), { recursive: true });
  await cp(parts.busybox, path(`${tree}/usr/bin/busybox`));
  await mkdir(path(modules), { recursive: true });
  await cp(parts.modules, path(`${modules}/${parts.kernelVersion}`), { recursive: true });
  const lib = machine.scratch('lib');
  await mkdir(join(lib, 'lib'), { recursive: true });
  await symlink(path(modules), join(lib, 'lib/modules'));
  await runTool('depmod', ['-b', lib, parts.kernelVersion]);
  using root = new Root(host);
  const initrd = await buildInitrd({
    root,
    store: new LocalStore(root),
    configuration: configurationOf(declaration),
    tree,
    modules,
    kernelRelease: parts.kernelVersion,
    originOf: () => undefined,
    reuse: true,
  });
  const usual = join(machine.root, `boot-parts/initrd.img-${parts.kernelVersion}`);
  await copyFile(root.onHost(initrd), usual);
}

test.run();
