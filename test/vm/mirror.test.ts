// Two disks with an ESP each, and the root on the second. The first one is pulled and comes back.
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { declare } from './declaration.ts';
import { type Disk, espOffset } from './disk-image.ts';
import { valuesIn } from './facts.ts';
import { layGenctl, layHook } from './guest-programs.ts';
import { checkEsp, copyEspTo, type Esp, listEsp } from './read-esp.ts';
import { type Boot, makeSandboxMachine, type SandboxMachine } from './sandbox-machine.ts';
import { vmTest } from './vm-test.ts';

const mountPoints = ['/boot', '/boot-second'] as const;

let machine: SandboxMachine;
let first: Disk;
let second: Disk;

vmTest('the mirrors are made alike, and the machine boots from the first', async () => {
  machine = await makeSandboxMachine();
  const { root } = machine;
  await mkdir(join(root, 'boot-second/EFI'), { recursive: true });
  for (const [motd, number] of [
    ['one', 1],
    ['two', 2],
  ] as const) {
    const kernelParams = `test.generation=${number}`;
    await declare(root, { motd, kernelParams, efiSysMountPoints: mountPoints });
    if (number === 1) await machine.genctl('loader', 'install');
    await machine.genctl('switch');
  }
  await layGenctl(root);
  await layHook(root, 'mirror-hook.sh');
  first = {
    image: machine.image,
    boot: [{ type: 'esp', label: 'ESP', mountPoint: '/boot', sizeMiB: 64 }],
  };
  second = {
    image: machine.scratch('second.img'),
    boot: [{ type: 'esp', label: 'ESP2', mountPoint: '/boot-second', sizeMiB: 64 }],
    rootFreeMiB: 128,
  };
  await machine.writeDisks([first, second]);
  await assertAlike();

  const { menu, facts } = await machine.boot({ images: [first.image, second.image] });
  assert.match(menu.titles[menu.chosen] ?? '', /generation 2\b/);
  assert.is(facts.motd, 'two');
  const said = valuesIn(facts.hook);
  assert.is(said.get('mounts'), '/boot /boot-second ', facts.hook);
  assert.equal(JSON.parse(said.get('verify') ?? '').findings, [], facts.hook);
});

vmTest(
  'without the first disk the same default boots, and a switch names what is away',
  async () => {
    const { menu, facts } = await bootSecond();
    assert.match(menu.titles[menu.chosen] ?? '', /generation 2\b/);
    assert.is(facts.motd, 'two');
    const said = valuesIn(facts.hook);
    assert.is(said.get('mounts'), '/boot-second ', facts.hook);
    assert.is(said.get('switch'), '3', facts.hook);
    assert.match(said.get('said') ?? '', /warning\[MIRROR_BEHIND\]: \/boot: /);
    assert.match(said.get('said') ?? '', 'ESP_NOT_MOUNTED');
    assert.not.match(said.get('said') ?? '', '/boot-second');
    assert.is(said.get('motd'), 'three', facts.hook);

    const next = await bootSecond();
    assert.match(next.menu.titles[next.menu.chosen] ?? '', /generation 3\b/);
    assert.is(next.facts.motd, 'three');
  },
);

vmTest('with the first one back, which is behind, one sync makes them alike', async () => {
  const images = [first.image, second.image];
  const behind = await machine.boot({ images });
  // The firmware knows nothing of mirrors: it starts what the first disk says.
  assert.is(behind.facts.motd, 'two');
  const said = valuesIn(behind.facts.hook);
  const about = `the machine said:\n${behind.facts.hook}`;
  const found: readonly { code: string }[] = JSON.parse(said.get('verify') ?? '').findings;
  assert.ok(found.length > 0, about);
  assert.equal(
    found.filter(({ code }) => code !== 'MIRROR_DRIFT'),
    [],
    about,
  );
  assert.is(said.get('sync'), '0', about);
  assert.equal(JSON.parse(said.get('verify-after') ?? '').findings, [], about);
  assert.is(JSON.parse(said.get('again') ?? '').changed, false, about);
  await assertAlike();

  const after = await machine.boot({ images });
  assert.match(after.menu.titles[after.menu.chosen] ?? '', /generation 3\b/);
  assert.is(after.facts.motd, 'three');
});

function bootSecond(): Promise<Boot> {
  return machine.boot({ images: [second.image] });
}

/** What the firmware starts, loader and settings included, is the same to the byte. */
async function assertAlike(): Promise<void> {
  const [left, right] = [await bootFilesOn(first), await bootFilesOn(second)];
  assert.equal([...left.keys()], [...right.keys()]);
  for (const [path, content] of left) {
    const other = right.get(path);
    assert.ok(other !== undefined && content.equals(other), path);
  }
}

/** Contents by path, of all but the ledger, which each partition keeps for itself. */
async function bootFilesOn({ image }: Disk): Promise<ReadonlyMap<string, Buffer>> {
  const esp: Esp = { image, offset: espOffset };
  const scratch = await mkdtemp(machine.scratch('esp-'));
  assert.is(await checkEsp(esp, join(scratch, 'partition')), undefined, image);
  await copyEspTo(esp, join(scratch, 'files'));
  const files = new Map<string, Buffer>();
  for (const path of await listEsp(esp)) {
    if (path.startsWith('loader/genctl/')) continue;
    files.set(path, await readFile(join(scratch, 'files', path)));
  }
  return files;
}

test.after(async () => {
  await machine?.[Symbol.asyncDispose]();
});

test.run();
