// Boots a machine that is made for it and takes its hardware capture.
import { appendFile, copyFile, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCpio } from '../cpio.ts';
import type { Progress } from '../debian-packages.ts';
import { findFirmware } from '../firmware.ts';
import { Machine } from '../machine.ts';
import { makeWorkFolder } from '../work-folder.ts';
import { type CaptureMachine, captureMachine, secrets } from './capture-machines.ts';
import { type CaptureParts, obtainCaptureParts } from './capture-parts.ts';

const captureScript = fileURLToPath(new URL('../../../scripts/capture-hw', import.meta.url));
const guestFolder = fileURLToPath(new URL('guest', import.meta.url));

/**
 * The gzipped tar that `capture-hw` writes on that machine: one boot of about half a minute, and
 * the first one downloads what it boots. `seconds` is its limit.
 */
export async function captureOf(
  name: string,
  progress?: Progress,
  seconds: number = 300,
): Promise<Buffer> {
  const machine = captureMachine(name);
  const parts = await obtainCaptureParts(progress);
  await using work = await makeWorkFolder('capture');
  const initramfs = join(work.path, 'initramfs');
  await copyFile(parts.initramfs, initramfs);
  await appendFile(initramfs, await ownArchive(name));
  for (const [index, size] of machine.disksMiB.entries()) {
    await using image = await open(diskImage(work.path, index), 'wx');
    await image.truncate(size * 1024 * 1024);
  }
  const argv = await argumentsFor(machine, parts, work.path);
  const factsPath = join(work.path, 'facts');
  await using running = new Machine(argv, { factsPath, consolePath: join(work.path, 'console') });
  const facts = await running.factsAtEnd(seconds);
  const text = /facts: begin\n([^:]*)\nfacts: end/.exec(facts)?.[1];
  if (text === undefined) throw new Error(`no capture came from ${name}`);
  return Buffer.from(text, 'base64');
}

/** What differs from machine to machine, and what is worked on: not in the cached archive. */
async function ownArchive(name: string): Promise<Buffer> {
  const files = {
    init: join(guestFolder, 'stage1.sh'),
    'stage2.sh': join(guestFolder, 'stage2.sh'),
    'layout.sh': join(guestFolder, 'layouts', `${name}.sh`),
    'capture-hw': captureScript,
  };
  const entries = Object.entries(files).map(async ([path, source]) => ({
    kind: 'file' as const,
    path,
    content: await readFile(source),
    executable: true,
  }));
  return writeCpio(await Promise.all(entries));
}

function diskImage(folder: string, index: number): string {
  return join(folder, `disk${index + 1}`);
}

async function argumentsFor(
  machine: CaptureMachine,
  parts: CaptureParts,
  folder: string,
): Promise<readonly string[]> {
  const settings = [
    ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-monitor', 'none'],
    ['-machine', `${machine.board},accel=tcg`, '-cpu', machine.processor ?? 'qemu64'],
    ['-smp', '2', '-m', '1024'],
    // Type 1 is the machine, 2 its board, 3 its case.
    ['-smbios', `type=1,serial=${secrets.serial}M`, '-smbios', `type=3,serial=${secrets.serial}C`],
    ...(machine.firmware === 'uefi' ? await firmwareSettings(folder) : []),
    ['-kernel', parts.kernel, '-initrd', join(folder, 'initramfs')],
    ['-append', `console=ttyS0 quiet panic=-1 systemd.hostname=${secrets.host}`],
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
