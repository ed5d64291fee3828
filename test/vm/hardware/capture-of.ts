// Boots a machine that is made for it and takes its hardware capture.
import { appendFile, copyFile, open, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type CpioNode, cpioArchive } from '../../../src/system/initrd/cpio.ts';
import type { Progress } from '../debian-packages.ts';
import { emulatedKernel } from '../emulated-kernel.ts';
import { findFirmware } from '../firmware.ts';
import { Machine } from '../machine.ts';
import { runTool } from '../run-tool.ts';
import { genctlExecutable } from '../sandbox-machine.ts';
import { makeWorkFolder } from '../work-folder.ts';
import { type CaptureMachine, captureMachine, secrets } from './capture-machines.ts';
import { type CaptureParts, obtainCaptureParts } from './capture-parts.ts';

const captureScript = fileURLToPath(new URL('../../../scripts/capture-hw', import.meta.url));
const guestFolder = fileURLToPath(new URL('guest', import.meta.url));

/**
 * The gzipped tar that `capture-hw` writes on that machine: one boot of about half a minute, and
 * the first one downloads what it boots.
 */
export async function captureOf(name: string, progress?: Progress): Promise<Buffer> {
  return (await bootToCapture(name, { progress, memoryMiB: 1024, further: new Map() })).capture;
}

/** What a machine was found to be in one boot. */
export interface ProbedMachine {
  /** As `captureOf` gives it. */
  readonly capture: Buffer;
  /** Answers of `genctl hardware show --json` inside: live, and from a capture that it took there. */
  readonly answers: readonly string[];
}

/** Boots a machine with Node and genctl in memory, which probe it from inside; slower by a minute. */
export async function probeInside(name: string, progress?: Progress): Promise<ProbedMachine> {
  const further = await liveNodes();
  return bootToCapture(name, { progress, memoryMiB: 1536, further });
}

/** What an archive holds, by path. */
type Nodes = ReadonlyMap<string, CpioNode>;

interface Boot {
  readonly progress: Progress | undefined;
  /** Sizes of tmpfs mounts, which are facts, depend on it. */
  readonly memoryMiB: number;
  /** What else is in the machine's memory. */
  readonly further: Nodes;
}

async function bootToCapture(
  name: string,
  { progress, memoryMiB, further }: Boot,
): Promise<ProbedMachine> {
  const machine = captureMachine(name);
  const parts = await obtainCaptureParts(progress);
  await using work = await makeWorkFolder('capture');
  const initramfs = join(work.path, 'initramfs');
  await copyFile(parts.initramfs, initramfs);
  const own = cpioArchive(new Map([...(await ownFiles(name)), ...further]));
  await appendFile(initramfs, Buffer.concat(own));
  for (const [index, size] of machine.disksMiB.entries()) {
    await using image = await open(diskImage(work.path, index), 'wx');
    await image.truncate(size * 1024 * 1024);
  }
  const argv = await argumentsFor(machine, parts, { folder: work.path, memoryMiB });
  const factsPath = join(work.path, 'facts');
  await using running = new Machine(argv, { factsPath, consolePath: join(work.path, 'console') });
  const facts = await running.factsAtEnd();
  const [, text, live = ''] = /facts: begin\n([^:]*)\nlive:\n([^:]*)facts: end/.exec(facts) ?? [];
  if (text === undefined) throw new Error(`no capture came from ${name}`);
  const said = live === '' ? '' : gunzipSync(Buffer.from(live, 'base64')).toString();
  return { capture: Buffer.from(text, 'base64'), answers: said.split('\n').filter(Boolean) };
}

/** What differs from machine to machine, and what is worked on: not in the cached archive. */
async function ownFiles(name: string): Promise<Nodes> {
  const files = {
    init: join(guestFolder, 'stage1.sh'),
    'stage2.sh': join(guestFolder, 'stage2.sh'),
    'layout.sh': join(guestFolder, 'layouts', `${name}.sh`),
    'capture-hw': captureScript,
  };
  return await programsOf(Object.entries(files));
}

/** Node with its libraries, and genctl, in `/live`. */
async function liveNodes(): Promise<Nodes> {
  const listing = await runTool('ldd', [process.execPath]);
  const libraries = [...listing.matchAll(/(\/\S+) \(0x/g)].map(([, library = '']) => library);
  return await programsOf([
    ['live/node', process.execPath],
    ['live/genctl', genctlExecutable],
    ...libraries.map((library): [string, string] => [`live/lib/${basename(library)}`, library]),
  ]);
}

/** Programs by their paths in an archive, from files of this machine. */
async function programsOf(
  files: readonly (readonly [path: string, source: string])[],
): Promise<Nodes> {
  const nodes = files.map(
    async ([path, source]): Promise<[string, CpioNode]> => [
      path,
      { kind: 'file', content: await readFile(source), executable: true },
    ],
  );
  return new Map(await Promise.all(nodes));
}

function diskImage(folder: string, index: number): string {
  return join(folder, `disk${index + 1}`);
}

async function argumentsFor(
  machine: CaptureMachine,
  parts: CaptureParts,
  { folder, memoryMiB }: { folder: string; memoryMiB: number },
): Promise<readonly string[]> {
  const settings = [
    ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-monitor', 'none'],
    ['-machine', `${machine.board},accel=tcg`, '-cpu', machine.processor ?? 'qemu64'],
    ['-smp', '2', '-m', String(memoryMiB)],
    // Type 1 is the machine, 2 its board, 3 its case.
    ['-smbios', `type=1,serial=${secrets.serial}M`, '-smbios', `type=3,serial=${secrets.serial}C`],
    ...(machine.firmware === 'uefi' ? await firmwareSettings(folder) : []),
    ['-kernel', parts.kernel, '-initrd', join(folder, 'initramfs')],
    ['-append', `console=ttyS0 quiet panic=-1 ${emulatedKernel} systemd.hostname=${secrets.host}`],
    ...machine.disksMiB.map((_, index) => [
      '-drive',
      `if=none,id=d${index + 1},format=raw,cache=unsafe,file=${diskImage(folder, index)}`,
    ]),
    machine.devices,
    ['-serial', 'stdio', '-serial', `file:${join(folder, 'facts')}`],
  ];
  return ['qemu-system-x86_64', ...settings.flat()];
}

async function firmwareSettings(folder: string): Promise<readonly (readonly string[])[]> {
  const firmware = findFirmware();
  if (firmware === undefined) throw new Error('no UEFI firmware for virtual machines: ovmf');
  const variables = join(folder, 'variables');
  await copyFile(firmware.variables, variables);
  return [
    ['-drive', `if=pflash,format=raw,readonly=on,file=${firmware.code}`],
    ['-drive', `if=pflash,format=raw,file=${variables}`],
  ];
}
