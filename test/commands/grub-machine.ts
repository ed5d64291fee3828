import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as assert from 'uvu/assert';
import { type Answer, Sandbox, type Wish } from './sandbox.ts';
import { hasProgram } from './test-where.ts';

/** A declaration of a machine that may boot by GRUB, as far as tests vary it. */
export interface GrubWish extends Wish {
  /** The loaders, the first one deciding; GRUB alone unless told. */
  kinds?: readonly ('grub' | 'systemd-boot')[];
  /** Further lines of `[boot.loader.grub]`. */
  grub?: readonly string[];
  /** Further sections. */
  sections?: readonly string[];
}

export const rootUuid = '11111111-2222-3333-4444-555555555555';

/**
 * Writes the declaration of a machine whose menu is GRUB's, and no more than that: a folder has no
 * disk that GRUB could be installed on.
 */
export function declareGrub(sandbox: Sandbox, wish: GrubWish = {}): void {
  const { kinds = ['grub'], loader = [], grub = [], sections = [], ...rest } = wish;
  sandbox.declare({
    ...rest,
    loader: [
      ...kinds.map(kind => `kind = ${kind}`),
      ...loader,
      '[boot.loader.grub]',
      'device = nodev',
      'efiSupport = false',
      ...grub,
      '[fileSystems "/"]',
      `device = /dev/disk/by-uuid/${rootUuid}`,
      'fsType = ext4',
      ...sections,
    ],
  });
}

const prepared = new Map<string, Sandbox>();
process.on('exit', () => {
  for (const sandbox of prepared.values()) sandbox[Symbol.dispose]();
});

/** A machine with so many generations in GRUB's menu; their labels are `n1`, `n2`… */
export function grubMachine(generations: number, wish: GrubWish = {}): Sandbox {
  const key = JSON.stringify([generations, wish]);
  const sandbox = prepared.get(key) ?? prepare(generations, wish);
  prepared.set(key, sandbox);
  return sandbox.copy();
}

function prepare(generations: number, wish: GrubWish): Sandbox {
  const sandbox = Sandbox.blank();
  if (wish.kinds?.includes('systemd-boot') === true) {
    declareGrub(sandbox, wish);
    goWell(sandbox, 'loader', 'install');
  }
  for (let number = 1; number <= generations; number++) {
    declareGrub(sandbox, { ...wish, label: `n${number}` });
    goWell(sandbox, 'switch');
  }
  return sandbox;
}

/** Runs genctl and expects that all went well; no crash of its plan is looked at before. */
export function goWell(sandbox: Sandbox, ...args: readonly string[]): Answer {
  const answer = sandbox.run(args, { env: {} });
  assert.is(answer.exitCode, 0, `genctl ${args.join(' ')}: ${answer.stderr}${answer.stdout}`);
  return answer;
}

/** Whether a folder has the first digits of an owner as its name. */
function isOwner(name: string): boolean {
  return /^[0-9a-f]{8}$/.test(name);
}

/** The one folder of a boot partition that holds all that is GRUB's of genctl. */
export function grubFolder(sandbox: Sandbox, boot = '/boot'): string {
  const owners = sandbox.names(`${boot}/genctl`).filter(isOwner);
  assert.is(owners.length, 1, `${boot}: ${owners.join()}`);
  return `${boot}/genctl/${owners[0]}`;
}

/** The path of the index that the sector names. */
export function indexInForce(sandbox: Sandbox, boot = '/boot'): string {
  const folder = grubFolder(sandbox, boot);
  const name = /menu-[0-9a-f]{12}\.cfg/.exec(sandbox.read(`${folder}/default.cfg`))?.[0];
  assert.ok(name, 'the sector names no index');
  return `${folder}/${name}`;
}

/**
 * The system that GRUB starts when nobody picks an entry. Knows nothing of ledgers: what is on the
 * disk is compared with the store, byte for byte.
 *
 * @param root the machine's folder, whose store has the systems
 * @param boot the folder that GRUB reads, on the host
 */
export function systemBootedByGrub(root: string, boot: string): string {
  const { folder, sector, index } = menuOnDisk(boot);
  const id = /genctl_default=[^\n]*(genctl-[0-9a-f]{8}-\d+-[0-9a-f]{12})/.exec(sector)?.[1];
  assert.ok(id, `${boot}: the sector names no default`);
  assert.ok(index.includes(`/entries/${id}.cfg`), `${boot}: the index has no ${id}`);
  return systemOfEntry(root, boot, `${folder}/entries/${id}.cfg`);
}

/** The systems that the submenu of all configurations starts, top to bottom; each has to be whole. */
export function systemsInGrub(root: string, boot: string): string[] {
  const { folder, index } = menuOnDisk(boot);
  const [, submenu = ''] = /submenu --id all [^\n]*\n([^]*?)\n\}/.exec(index) ?? [];
  const names = [...submenu.matchAll(/\/entries\/([\w-]+\.cfg)/g)].map(([, name]) => name);
  return names.map(name => systemOfEntry(root, boot, `${folder}/entries/${name}`));
}

/** As GRUB reads it: the index that the sector names, else any other. */
function menuOnDisk(boot: string): { folder: string; sector: string; index: string } {
  const [owner = ''] = fs.readdirSync(`${boot}/genctl`).filter(isOwner);
  const folder = `${boot}/genctl/${owner}`;
  const sector = fs.readFileSync(`${folder}/default.cfg`, 'utf8');
  assert.is(sector.length, 512, `${boot}: the sector has ${sector.length} bytes`);
  const wanted = /menu-[0-9a-f]{12}\.cfg/.exec(sector)?.[0] ?? '';
  const names = fs.readdirSync(folder).filter(name => /^menu-.*\.cfg$/.test(name));
  const name = names.includes(wanted) ? wanted : names[0];
  assert.ok(name, `${boot}: there is no index`);
  return { folder, sector, index: fs.readFileSync(`${folder}/${name}`, 'utf8') };
}

function systemOfEntry(root: string, boot: string, entry: string): string {
  assert.ok(fs.existsSync(entry), `${entry} is not there`);
  const text = fs.readFileSync(entry, 'utf8');
  const system = /\binit=(\/nix\/store\/[^/]+)\/init\b/.exec(text)?.[1] ?? '';
  const bootspec = JSON.parse(fs.readFileSync(`${root}${system}/boot.json`, 'utf8')) as Record<
    string,
    { kernel: string; initrd: string }
  >;
  const { kernel, initrd } = bootspec['org.nixos.bootspec.v1'] ?? { kernel: '', initrd: '' };
  for (const [command, source] of [
    ['linux', kernel],
    ['initrd', initrd],
  ] as const) {
    const word = new RegExp(`^ +${command} "[^"]+"(/\\S+)`, 'm').exec(text)?.[1] ?? '';
    const [copy] = /EFI\/genctl\/.*$/.exec(word) ?? [];
    const file = copy === undefined ? `${root}${word}` : `${boot}/${copy}`;
    const isSame = fs.readFileSync(file).equals(fs.readFileSync(`${root}${source}`));
    assert.ok(isSame, `${word} of ${path.basename(entry)} is not ${source}`);
  }
  return system;
}

/** Whether GRUB's own parser is there; without it nothing is checked by it. */
export const canCheckScripts: boolean = hasProgram('grub-script-check', '--version');

/** Lets GRUB's own parser read every script that genctl has on a boot partition. */
export function assertScripts(sandbox: Sandbox, boot = '/boot'): void {
  if (!canCheckScripts) return;
  const top = sandbox.at(grubFolder(sandbox, boot));
  const names = fs.readdirSync(top, { recursive: true, encoding: 'utf8' });
  const scripts = names.filter(name => name.endsWith('.cfg'));
  assert.ok(scripts.length >= 4, scripts.join());
  for (const name of scripts) {
    const { status, stderr } = spawnSync('grub-script-check', [`${top}/${name}`]);
    assert.is(status, 0, `${name}: ${stderr.toString()}`);
  }
}
