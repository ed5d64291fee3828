import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as assert from 'uvu/assert';
import { checkAnswer } from '../json-schemas/published-schemas.ts';
import { genctlProgram } from './genctl-program.ts';
import { hasProgram } from './test-where.ts';
import { type Snapshot, snapshotOf } from './tree-snapshot.ts';

/** What a program that was run inside ended with. */
export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** `gpt` with a BIOS boot partition, or without one: there GRUB's core image has no room. */
export type Table = 'msdos' | 'gpt' | 'gpt-without-bios-boot';

/** Whether the real grub-install can work here on disks that are made from files. */
export const hasLoopMachines: boolean =
  process.getuid?.() === 0 &&
  fs.existsSync('/dev/loop-control') &&
  fs.existsSync('/usr/lib/grub/i386-pc') &&
  fs.existsSync('/usr/lib/grub/x86_64-efi') &&
  [
    ['grub-install', '--version'],
    ['sgdisk', '--version'],
    ['mkfs.ext4', '-V'],
    ['mkfs.vfat', '--help'],
    ['partx', '--version'],
    ['nsenter', '--version'],
    ['unshare', '--mount', 'losetup', '--find'],
  ].every(([program = '', ...args]) => hasProgram(program, ...args));

/** What a machine is made with. */
export interface MachineWish {
  disks: readonly Table[];
  /** Room of the file system that stands for the ESP; there is none unless told. */
  espBytes?: number;
}

/**
 * A machine whose root is on disks made from files, in a mount namespace of its own, where `/dev`
 * has nothing but those and `grub-install` is the real one.
 */
export class LoopMachine implements Disposable {
  readonly #scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-loop-machine-'));
  readonly #holder: ChildProcess;
  readonly #loops: string[] = [];
  /** Where the machine's root is mounted, inside. */
  readonly root: string = path.join(this.#scratch, 'root');
  readonly #bin = path.join(this.#scratch, 'bin');

  constructor({ disks, espBytes }: MachineWish) {
    // Ends by itself if nobody is left to end it.
    this.#holder = spawn(
      'unshare',
      ['--mount', '--propagation', 'private', 'sh', '-c', 'echo && exec sleep 3600'],
      { stdio: 'ignore' },
    );
    try {
      this.#waitForNamespace();
      this.#makeDevices();
      for (const table of disks) this.#makeDisk(table);
      this.#makeRoot(`${this.disk(0)}p${disks[0] === 'gpt' ? 2 : 1}`);
      if (espBytes !== undefined) this.#makeEsp(espBytes);
    } catch (thrown) {
      this[Symbol.dispose]();
      throw thrown;
    }
  }

  /** The device of a disk, by its place among those that were wished for. */
  disk(index: number): string {
    const loop = this.#loops[index];
    if (loop === undefined) throw new Error(`no disk ${index}`);
    return loop;
  }

  /** Where a path of the machine's root is for this process. */
  at(logicalPath: string): string {
    return this.#outside(this.root + logicalPath);
  }

  write(logicalPath: string, content: string | Uint8Array, mode = 0o644): void {
    fs.mkdirSync(path.dirname(this.at(logicalPath)), { recursive: true });
    fs.writeFileSync(this.at(logicalPath), content, { mode });
  }

  read(logicalPath: string): string {
    return fs.readFileSync(this.at(logicalPath), 'latin1');
  }

  names(logicalPath: string): string[] {
    return fs.existsSync(this.at(logicalPath)) ? fs.readdirSync(this.at(logicalPath)) : [];
  }

  /** Declares GRUB for some disks, with further lines of `[boot.loader.grub]`. */
  declare(disks: readonly number[], ...grub: readonly string[]): void {
    this.declareLoader('grub', [
      '[boot.loader.grub]',
      ...disks.map(index => `devices = ${this.disk(index)}`),
      ...grub,
    ]);
  }

  /** Declares a boot loader, with further sections. */
  declareLoader(kind: 'grub' | 'systemd-boot', sections: readonly string[] = []): void {
    const lines = [
      '[system]',
      'builder = files',
      'kernel = /boot-parts/vmlinuz-*',
      'initrd = /boot-parts/initrd-*',
      '[boot]',
      'kernelParams = quiet',
      '[boot.loader]',
      `kind = ${kind}`,
      ...(this.#hasEsp ? ['efiSysMountPoint = /boot/efi'] : []),
      ...sections,
    ];
    this.write('/etc/genctl/system.conf', `${lines.join('\n')}\n`);
  }

  /** Runs a program inside. */
  inside(...commandLine: readonly string[]): Ended {
    const { status, stdout, stderr, error } = spawnSync(
      'nsenter',
      ['--target', String(this.#holder.pid), '--mount', '--', ...commandLine],
      {
        encoding: 'utf8',
        maxBuffer: 64 << 20,
        env: { PATH: `${this.#bin}:/usr/sbin:/usr/bin:/sbin:/bin`, HOME: '/nonexistent' },
      },
    );
    if (error !== undefined) throw error;
    return { exitCode: status, stdout, stderr };
  }

  /** Runs genctl on this machine; what it answers in JSON has to be as published. */
  genctl(...args: readonly string[]): Ended {
    return this.genctlBy([], ...args);
  }

  /** The same by a program that runs it: `strace …`. */
  genctlBy(wrapper: readonly string[], ...args: readonly string[]): Ended {
    const program = [process.execPath, genctlProgram, '--root', this.root];
    const ended = this.inside(...wrapper, ...program, ...args);
    if (args.includes('--json') && ended.exitCode !== null) {
      checkAnswer(args, ended.exitCode, ended.stdout);
    }
    return ended;
  }

  /** Runs genctl and expects that all went well. */
  genctlWell(...args: readonly string[]): Ended {
    const ended = this.genctl(...args);
    assert.is(ended.exitCode, 0, `genctl ${args.join(' ')}: ${ended.stderr}${ended.stdout}`);
    return ended;
  }

  /** Puts a program of this name before the machine's own. */
  shadow(program: string, ...lines: readonly string[]): void {
    const place = path.join(this.#bin, program);
    fs.writeFileSync(place, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  }

  unshadow(program: string): void {
    fs.rmSync(path.join(this.#bin, program));
  }

  /** Shows another file at a path of this machine's own packages, inside. */
  replaceFile(hostPath: string, change: (content: string) => string): void {
    const other = path.join(this.#scratch, path.basename(hostPath));
    fs.writeFileSync(other, change(fs.readFileSync(hostPath, 'utf8')));
    this.#must('mount', '--bind', other, hostPath);
  }

  /** Where a device is for this process. */
  deviceAt(device: string): string {
    return this.#outside(device);
  }

  /** Whether the first sector of a disk starts GRUB. */
  startsGrub(index: number): boolean {
    const sector = Buffer.alloc(512);
    const handle = fs.openSync(this.#outside(this.disk(index)), 'r');
    fs.readSync(handle, sector, 0, sector.length, 0);
    fs.closeSync(handle);
    return sector.includes('GRUB ');
  }

  /** What is below `/boot`, with inodes and times: what is the same has not been written. */
  bootSnapshot(): Snapshot {
    return snapshotOf(this.at('/boot'), { withTimes: true });
  }

  [Symbol.dispose](): void {
    this.inside('umount', '--recursive', this.root);
    for (const loop of this.#loops) {
      this.inside('partx', '--delete', loop);
      this.inside('losetup', '--detach', loop);
    }
    this.#holder.kill('SIGKILL');
    fs.rmSync(this.#scratch, { recursive: true, force: true });
  }

  get #hasEsp(): boolean {
    return fs.existsSync(this.at('/boot/efi/EFI'));
  }

  #outside(hostPath: string): string {
    return `/proc/${this.#holder.pid}/root${hostPath}`;
  }

  #must(...commandLine: readonly string[]): string {
    const { exitCode, stdout, stderr } = this.inside(...commandLine);
    if (exitCode !== 0) throw new Error(`${commandLine.join(' ')}: ${stderr}`);
    return stdout;
  }

  #waitForNamespace(): void {
    const own = fs.readlinkSync('/proc/self/ns/mnt');
    for (let attempt = 0; attempt < 6000; attempt++) {
      const other = ifThere(() => fs.readlinkSync(`/proc/${this.#holder.pid}/ns/mnt`));
      const name = ifThere(() => fs.readFileSync(`/proc/${this.#holder.pid}/comm`, 'utf8'));
      if (other !== own && name === 'sleep\n') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
    throw new Error('unshare has made no mount namespace');
  }

  /** A `/dev` with what the programs need, so that no disk of this machine can be meant. */
  #makeDevices(): void {
    const dev = path.join(this.#scratch, 'dev');
    for (const folder of [dev, this.#bin, this.root]) fs.mkdirSync(folder);
    this.#must('mount', '-t', 'tmpfs', 'dev', dev);
    const characterDevices: readonly (readonly [name: string, major: number, minor: number])[] = [
      ['null', 1, 3],
      ['zero', 1, 5],
      ['random', 1, 8],
      ['urandom', 1, 9],
      ['loop-control', 10, 237],
    ];
    for (const [name, major, minor] of characterDevices) {
      this.#must('mknod', `${dev}/${name}`, 'c', String(major), String(minor));
    }
    for (let minor = 0; minor < 32; minor++) {
      this.#must('mknod', `${dev}/loop${minor}`, 'b', '7', String(minor));
    }
    this.#must('mount', '--rbind', dev, '/dev');
    // What udev says of the disks is written here by hand: it may not run.
    this.#must('mount', '-t', 'tmpfs', 'run', '/run');
    this.#must('mkdir', '-p', '/run/udev/data');
    // Where a partition starts grub-install asks udev.
    this.shadow(
      'udevadm',
      'for last; do :; done',
      'place=$(readlink -f "/sys/class/block/${last#/dev/}") && echo "${place#/sys}"',
    );
  }

  #makeDisk(table: Table): void {
    const image = path.join(this.#scratch, `disk-${this.#loops.length}`);
    fs.writeFileSync(image, '');
    fs.truncateSync(image, 96 << 20);
    if (table === 'msdos') fs.writeFileSync(image, msdosTable(96), { flag: 'r+' });
    else this.#must('sgdisk', ...gptArgs[table], image);
    const loop = this.#must('losetup', '--find', '--show', image).trim();
    this.#loops.push(loop);
    this.#must('partx', '--update', loop);
    const disk = path.basename(loop);
    for (const partition of fs.readdirSync(`/sys/block/${disk}`)) {
      if (!partition.startsWith(disk)) continue;
      const number = fs.readFileSync(`/sys/block/${disk}/${partition}/dev`, 'utf8').trim();
      this.#must('mknod', `/dev/${partition}`, 'b', ...number.split(':'));
    }
  }

  #makeRoot(partition: string): void {
    this.#must('mkfs.ext4', '-q', partition);
    this.#sayOfUdev(partition);
    this.#must('mount', partition, this.root);
    for (const folder of ['boot', 'nix', 'run', 'proc', 'var']) fs.mkdirSync(this.at(`/${folder}`));
    this.write('/boot-parts/vmlinuz-6.1.0', `kernel 6.1.0 ${'k'.repeat(20_000)}`);
    this.write('/boot-parts/initrd-6.1.0', `initrd 6.1.0 ${'i'.repeat(30_000)}`);
  }

  /** grub-install asks only its device what it is: not every kernel has FAT. */
  #makeEsp(sizeBytes: number): void {
    const index = this.#loops.length;
    this.#makeDisk('gpt-without-bios-boot');
    const partition = `${this.disk(index)}p1`;
    this.#must('mkfs.vfat', partition);
    this.#sayOfUdev(partition);
    fs.mkdirSync(this.at('/boot/efi'));
    const size = `size=${sizeBytes}`;
    this.#must('mount', '-t', 'tmpfs', '-o', size, partition, `${this.root}/boot/efi`);
    fs.mkdirSync(this.at('/boot/efi/EFI'));
  }

  /** What udev records of a device that it has looked at. */
  #sayOfUdev(device: string): void {
    const said = this.#must('blkid', '-p', '-o', 'udev', device);
    const record = said.replaceAll(/^(?=.)/gm, 'E:');
    const number = fs.readFileSync(`/sys/class/block/${path.basename(device)}/dev`, 'utf8').trim();
    fs.writeFileSync(this.#outside(`/run/udev/data/b${number}`), record);
  }
}

const gptArgs: Readonly<Record<Exclude<Table, 'msdos'>, readonly string[]>> = {
  gpt: ['--new=1:2048:+1M', '--typecode=1:EF02', '--new=2:0:0'],
  'gpt-without-bios-boot': ['--new=1:2048:0'],
};

/** One Linux partition from 1 MiB on. */
function msdosTable(sizeMegabytes: number): Buffer {
  const table = Buffer.alloc(512);
  table[446 + 4] = 0x83;
  table.writeUInt32LE(2048, 446 + 8);
  table.writeUInt32LE(sizeMegabytes * 2048 - 2048, 446 + 12);
  table.writeUInt16LE(0xaa55, 510);
  return table;
}

function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
