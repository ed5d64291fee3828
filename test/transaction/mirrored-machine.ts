// A machine in a folder that boots from two partitions, which are folders too.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type BootTarget, plannedVolumes } from '../../src/boot/boot-target.ts';
import { buildMenu } from '../../src/boot/build-menu.ts';
import { layoutOf } from '../../src/boot/layout.ts';
import { renderLedger } from '../../src/boot/ledger.ts';
import { planBoot } from '../../src/boot/plan-boot.ts';
import { readBootPartition } from '../../src/boot/read-boot-partition.ts';
import { renderLoaderConf } from '../../src/boot/systemd-boot/loader-conf.ts';
import { renderMenu } from '../../src/boot/systemd-boot/render-menu.ts';
import type { Bootspec } from '../../src/bootspec/bootspec.ts';
import { Folder } from '../../src/host/folder.ts';
import { Root } from '../../src/host/root.ts';
import { Disks } from '../../src/transaction/disks.ts';
import { encodeSlot } from '../../src/transaction/ledger-slots.ts';
import { digestOfText } from '../../src/transaction/lower.ts';
import { joinParts, makePlan, type Plan } from '../../src/transaction/plan.ts';
import type { SimulatedState } from '../../src/transaction/simulate.ts';
import type { FileDigest, Step, VolumeId } from '../../src/transaction/step.ts';
import { readDisks } from '../crash/read-disks.ts';

const owner = '11111111-2222-4333-8444-555555555555';
const layout = layoutOf(owner);
const settings = { timeout: 5, editor: true, consoleMode: 'keep' } as const;
const profiles = 'nix/var/nix/profiles';
const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();

export const volumes = [
  { volume: 'esp', mountPoint: '/boot' },
  { volume: 'esp-2', mountPoint: '/boot2' },
] as const;

export class MirroredMachine implements Disposable {
  readonly path = fs.mkdtempSync(path.join(base, 'genctl-mirrors-'));
  readonly root: Root;

  /** @param like a machine that this one begins as a copy of */
  constructor(like?: MirroredMachine) {
    if (like === undefined) this.#prepare();
    else fs.cpSync(like.path, this.path, { recursive: true, verbatimSymlinks: true });
    this.root = new Root(this.path);
  }

  #prepare(): void {
    this.#write('nix/var/genctl/.keep', '');
    for (const number of [1, 2, 3]) {
      this.#write(`${toplevelOf(number).slice(1)}/boot.json`, '{}');
      for (const part of ['kernel', 'initrd']) {
        this.#write(sourceOf(part, number).slice(1), contentOf(part, number));
      }
    }
    const conf = renderLoaderConf({ ...settings, default: undefined });
    const body = renderLedger({
      owner,
      files: [{ path: layout.systemdBoot.sector, ...digestOfText(conf), kind: 'loader' }],
    });
    for (const { mountPoint } of volumes) {
      const top = mountPoint.slice(1);
      fs.mkdirSync(this.at(`${top}/EFI`), { recursive: true });
      this.#write(`${top}/${layout.systemdBoot.sector}`, conf);
      this.#write(`${top}/${layout.ledgerFolder}/ledger-a`, encodeSlot({ sequence: 1, body }));
    }
  }

  at(name: string): string {
    return path.join(this.path, name);
  }

  /** The disks, without those that are not at hand. */
  disks(without?: VolumeId): Disks {
    return new Disks(this.root, this.tops(without));
  }

  tops(without?: VolumeId): Map<VolumeId, Folder> {
    return new Map(
      volumes.flatMap(({ volume, mountPoint }) =>
        volume === without ? [] : [[volume, Folder.atHostPath(this.at(mountPoint))] as const],
      ),
    );
  }

  state(): SimulatedState {
    const state = readDisks(this.path, volumes);
    // The store of this machine has no records: nothing in it refers to anything.
    const references = new Map([...state.storePaths].map(each => [each, []] as const));
    return { ...state, references };
  }

  /** That these generations are the machine's, the last one the default, and no others. */
  plan(numbers: readonly number[]): Plan {
    const targets = volumes.map(({ volume, mountPoint }): BootTarget => {
      using top = Folder.atHostPath(this.at(mountPoint));
      const partition = readBootPartition(top, { volume, mountPoint }, layout);
      return {
        places: [{ loader: 'systemd-boot', esp: partition, boot: partition }],
        left: [],
      };
    });
    const current = numbers.at(-1) ?? 0;
    const wanted = renderMenu(
      buildMenu({
        generations: numbers.toReversed().map(number => ({
          profile: 'system',
          number,
          madeAtSeconds: 1_790_000_000,
          bootspec: bootspecOf(number),
        })),
        digests: new Map(numbers.flatMap(digestsOf)),
        default: { profile: 'system', number: current },
        settings,
        sortKey: 'genctl',
        machineId: undefined,
      }),
      layout,
    );
    const menus = targets.map(target =>
      planBoot({
        menus: target.places.map(place => ({ place, wanted })),
        target,
        layout,
        owner,
        quarantined: [],
        leftOut: [],
        mayGoFirst: () => false,
      }),
    );
    const menu = joinParts(menus);
    const linked = [1, 2, 3].filter(number => this.isLinked(number));
    const before = this.state().links.get(`root:${profiles}/system`);
    const after = path.basename(linkOf(current));
    const gone = linked.filter(number => !numbers.includes(number));
    return makePlan('switch', plannedVolumes(targets, layout), () => 'test', {
      prepare: [
        ...numbers
          .filter(number => !linked.includes(number))
          .map(
            (number): Step => ({
              kind: 'make-link',
              path: linkOf(number),
              target: toplevelOf(number),
              mtimeSeconds: 1,
            }),
          ),
        ...menu.prepare,
      ],
      commit: [
        ...menu.commit,
        ...(before === after
          ? []
          : [{ kind: 'swap-link', path: `${profiles}/system`, before, after } as const]),
      ],
      cleanup: [
        ...menu.cleanup,
        ...gone.map(
          (number): Step => ({
            kind: 'remove-link',
            path: linkOf(number),
            target: toplevelOf(number),
          }),
        ),
        ...(gone.length > 0
          ? [{ kind: 'collect-garbage', storePathCount: 1, sizeBytes: 1 } as const]
          : []),
      ],
    });
  }

  /** Whether a generation has its link. */
  isLinked(number: number): boolean {
    return this.state().links.has(`root:${linkOf(number)}`);
  }

  /** Deletes what no link leads to. */
  collect(): void {
    const { links, storePaths } = this.state();
    const alive = new Set(links.values());
    for (const storePath of storePaths) {
      if (storePath.endsWith('-system') && !alive.has(storePath)) {
        fs.rmSync(this.at(storePath), { recursive: true });
      }
    }
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    fs.rmSync(this.path, { recursive: true });
  }

  #write(name: string, text: string): void {
    fs.mkdirSync(path.dirname(this.at(name)), { recursive: true });
    fs.mkdirSync(this.at(profiles), { recursive: true });
    fs.writeFileSync(this.at(name), text);
  }
}

function linkOf(number: number): string {
  return `${profiles}/system-${number}-link`;
}

function toplevelOf(number: number): string {
  return `/nix/store/${String(number).repeat(32)}-system`;
}

function sourceOf(part: string, number: number): string {
  return `/nix/store/${String(number).repeat(32)}-${part}`;
}

function contentOf(part: string, number: number): string {
  return `${part} ${number} `.repeat(1000);
}

function digestsOf(number: number): [string, FileDigest][] {
  return ['kernel', 'initrd'].map(part => {
    const content = contentOf(part, number);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return [sourceOf(part, number), { sizeBytes: content.length, sha256 }];
  });
}

function bootspecOf(number: number): Bootspec {
  return {
    system: 'x86_64-linux',
    toplevel: toplevelOf(number),
    init: `${toplevelOf(number)}/init`,
    kernel: sourceOf('kernel', number),
    initrds: [sourceOf('initrd', number)],
    kernelParams: ['quiet'],
    label: 'test',
    specialisations: new Map(),
  };
}
