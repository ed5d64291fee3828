// How long a generation takes to boot beside a plain Debian: the same kernel and initrd, the same
// packages, the same emulated machine.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { plainDisk, writeDisks } from '../test/vm/disk-image.ts';
import { startMachine } from '../test/vm/machine.ts';
import { median, printTable, shown } from './bench-figures.ts';
import { type DebianMachine, reportingFiles, type StartedBy } from './bench-machine.ts';

export interface BootBench {
  machine: DebianMachine;
  /** The generation that is measured. */
  startedBy: StartedBy;
  /** The same packages, installed into a folder. */
  plain: string;
  /** For disks. */
  folder: string;
  rounds: number;
}

/** What a boot said of itself, in milliseconds since the kernel started. */
interface BootTimes {
  systemd: number;
  multiUser: number;
  /** How long `activate` took; undefined where there is none. */
  activation: number | undefined;
}

/** Prints what the first boot and later ones take; both machines boot in turn. */
export async function benchBoots(bench: BootBench): Promise<void> {
  const { machine, startedBy, plain, folder, rounds } = bench;
  makeBootable(plain, machine, startedBy);
  const systems = [
    { what: 'plain Debian', root: plain, init: '/sbin/init' },
    { what: 'generation', root: machine.root, init: startedBy.init },
  ].map(system => ({ ...system, place: path.join(folder, `disk of ${system.what}`) }));
  for (const { root, place } of systems) {
    fs.mkdirSync(place);
    await writeDisks(root, [plainDisk(path.join(place, 'disk'), { freeMiB: 300 })]);
  }
  const taken = systems.map(() => [] as BootTimes[]);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { init, place }] of systems.entries()) {
      taken[index]?.push(await boot(machine, startedBy, init, place));
    }
  }
  const rows = systems.flatMap(({ what }, index) => {
    const [first, ...later] = taken[index] ?? [];
    return [
      [`${what}, first boot`, first === undefined ? [] : [first]],
      [`${what}, later ones`, later],
    ] as const;
  });
  printTable(
    ['Boot, from the kernel’s start, emulated', 'systemd starts', 'multi-user', '`activate`'],
    rows.map(([what, boots]) => [
      what,
      shown(median(boots.map(({ systemd }) => systemd))),
      shown(median(boots.map(({ multiUser }) => multiUser))),
      activationOf(boots),
    ]),
  );
}

/** Gives a plain Debian what a generation has from its declaration: mounts, and the report. */
function makeBootable(plain: string, machine: DebianMachine, startedBy: StartedBy): void {
  const write = (name: string, content: string): void => {
    const at = path.join(plain, 'etc', name);
    fs.mkdirSync(path.dirname(at), { recursive: true });
    fs.rmSync(at, { force: true });
    fs.writeFileSync(at, content);
  };
  for (const [name, source] of Object.entries(reportingFiles)) {
    write(name, fs.readFileSync(source, 'utf8'));
  }
  const wants = path.join(plain, 'etc/systemd/system/multi-user.target.wants');
  fs.mkdirSync(wants, { recursive: true });
  fs.symlinkSync('../bench-report.service', path.join(wants, 'bench-report.service'));
  const etc = fs.readlinkSync(machine.at(`${startedBy.toplevel}/etc`));
  write('fstab', fs.readFileSync(machine.at(`${etc}/fstab`), 'utf8'));
  write('machine-id', '5f0c3b8e2d7a4f6c9b1e0d2a3c4b5f60\n');
}

async function boot(
  machine: DebianMachine,
  { kernel, initrd, kernelParams }: StartedBy,
  init: string,
  place: string,
): Promise<BootTimes> {
  await using started = await startMachine({
    firmware: 'bios',
    images: [path.join(place, 'disk')],
    folder: place,
    memoryMiB: 1024,
    directKernel: {
      kernel: machine.at(kernel),
      initrd: machine.at(initrd),
      commandLine: [...kernelParams, `init=${init}`].join(' '),
    },
  });
  const said = await started.factsAtEnd();
  const failed = /^FailedUnits=(.+)$/m.exec(said)?.[1];
  if (failed !== undefined) throw new Error(`${place}: units have failed: ${failed}`);
  const number = (name: string): number =>
    Number(new RegExp(`^${name}=(\\d+)$`, 'm').exec(said)?.[1]);
  const activation = number('ActivationMilliseconds');
  return {
    systemd: number('UserspaceTimestampMonotonic') / 1000,
    multiUser: number('ActiveEnterTimestampMonotonic') / 1000,
    activation: Number.isNaN(activation) ? undefined : activation,
  };
}

function activationOf(boots: readonly BootTimes[]): string {
  const taken = boots.flatMap(({ activation }) => (activation === undefined ? [] : [activation]));
  return taken.length === 0 ? '' : shown(median(taken));
}
