import { createHash } from 'node:crypto';
import { layoutOf } from '../../../src/boot/layout.ts';
import type { Blob } from '../../../src/boot/menu.ts';
import { renderMenu } from '../../../src/boot/systemd-boot/render-menu.ts';
import type { Bootspec } from '../../../src/bootspec/bootspec.ts';
import type { Generation, Profile } from '../../../src/generations/generation.ts';
import type { ScratchPartition } from '../scratch-partition.ts';

/** A store path made from a text, always the same. */
export function storePath(name: string): string {
  const digits = '0123456789abcdfghijklmnpqrsvwxyz';
  const hash = createHash('sha256').update(name).digest();
  const hashPart = Array.from(hash, byte => digits[byte % 32]).join('');
  return `/nix/store/${hashPart}-${name}`;
}

/** What a builder makes an entry of. */
export interface Built {
  number: number;
  profile?: string;
  specialisation?: string;
  /** Names that tell systems, kernels and initrds apart. */
  system: string;
  kernel: string;
  initrd: string;
  machineId?: string;
  devicetree?: string;
}

/** The name that NixOS's builders give a file of the store in EFI/nixos. */
export function nixosFile(source: string): string {
  return `${source.slice('/nix/store/'.length).replaceAll('/', '-')}.efi`;
}

export function kernelFile({ kernel }: Pick<Built, 'kernel'>): string {
  return nixosFile(`${storePath(`linux-${kernel}`)}/bzImage`);
}

export function initrdFile({ initrd }: Pick<Built, 'initrd'>): string {
  return nixosFile(`${storePath(`initrd-linux-${initrd}`)}/initrd`);
}

/** Lines of both formats, by their keys. */
function linesOf(built: Built): Map<string, string> {
  const { number, profile, specialisation, system, machineId, devicetree } = built;
  const ofProfile = profile === undefined ? '' : ` [${profile}]`;
  const special = specialisation === undefined ? '' : ` (${specialisation})`;
  const lines = new Map([
    ['title', `NixOS${ofProfile}${special}`],
    ['sort-key', 'nixos'],
    ['version', `Generation ${number} NixOS 25.11 (Linux 6.12.5), built on 2026-01-17`],
    ['linux', `/EFI/nixos/${kernelFile(built)}`],
    ['initrd', `/EFI/nixos/${initrdFile(built)}`],
    ['options', `init=${storePath(system)}/init quiet loglevel=4`],
  ]);
  if (machineId !== undefined) lines.set('machine-id', machineId);
  if (devicetree !== undefined) lines.set('devicetree', `/EFI/nixos/${devicetree}`);
  return lines;
}

/** An entry as the builder of nixos-generation-N.conf writes it. */
export function formatA(built: Built): { name: string; text: string } {
  const { number, profile, specialisation } = built;
  const ofProfile = profile === undefined ? '' : `-${profile}`;
  const special = specialisation === undefined ? '' : `-specialisation-${specialisation}`;
  const lines = [...linesOf(built)].map(([key, value]) => `${key} ${value}\n`);
  return { name: `nixos${ofProfile}-generation-${number}${special}.conf`, text: lines.join('') };
}

/** The same system as the builder of names by content writes it: the sort key last. */
export function formatB(built: Built, counter = ''): { name: string; text: string } {
  const lines = linesOf(built);
  lines.delete('sort-key');
  lines.set('sort-key', 'nixos');
  const text = [...lines].map(([key, value]) => `${key} ${value}`).join('\n');
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { name: `nixos-${sha256}${counter}.conf`, text };
}

/** What a genctl of some owner's digits writes for one system. */
export function genctlFiles(
  owner: string,
  number: number,
  system: string,
): { path: string; text: string }[] {
  const blob = (role: 'linux' | 'initrd'): Blob => {
    const sha256 = createHash('sha256').update(`${role} of ${system}`).digest('hex');
    return { role, source: `${role} of ${system}`, digest: { sizeBytes: 1, sha256 } };
  };
  const menu = {
    entries: [
      {
        key: { profile: 'system', number },
        title: 'Atlas',
        sortKey: 'genctl',
        version: String(number),
        linux: blob('linux'),
        initrds: [blob('initrd')],
        options: [`init=${storePath(system)}/init`, 'quiet'],
      },
    ],
    default: undefined,
    settings: { timeout: 5, editor: true, consoleMode: undefined },
  };
  const layout = layoutOf(`${owner}-0000-4000-8000-000000000000`);
  return renderMenu(menu, layout).files.map(({ path, content }) => ({
    path,
    text: 'text' in content ? content.text : content.copyOf,
  }));
}

/** Puts an entry on a partition, with the kernel and the initrd that it needs. */
export function install(
  partition: ScratchPartition,
  built: Built,
  { name, text }: { name: string; text: string },
): string {
  partition.write(`EFI/nixos/${kernelFile(built)}`, `kernel ${built.kernel}`);
  partition.write(`EFI/nixos/${initrdFile(built)}`, `initrd ${built.initrd}`);
  partition.write(`loader/entries/${name}`, text);
  return `loader/entries/${name}`;
}

/** A generation whose system has that name; the names of its specialisations' systems by theirs. */
export function generation(
  number: number,
  system: string,
  specialisations: Readonly<Record<string, string>> = {},
  profile = 'system',
): Generation {
  const inner = Object.entries(specialisations).map(
    ([name, innerSystem]) => [name, bootspecOf(innerSystem, new Map())] as const,
  );
  return {
    profile,
    number,
    target: storePath(system),
    madeAtSeconds: 1_700_000_000,
    system: { bootspec: bootspecOf(system, new Map(inner)) },
  };
}

/** A generation of which nobody can say what it boots. */
export function brokenGeneration(number: number, system: string): Generation {
  const finding = { code: 'BOOTSPEC_INVALID', subject: `generation ${number}`, reason: 'broken' };
  return { ...generation(number, system), system: { finding } };
}

export function profileOf(...generations: Generation[]): Profile {
  return {
    name: generations[0]?.profile ?? 'system',
    currentNumber: generations.at(-1)?.number,
    generations,
    highestNumber: generations.at(-1)?.number ?? 0,
  };
}

function bootspecOf(system: string, specialisations: Map<string, Bootspec>): Bootspec {
  const toplevel = storePath(system);
  return {
    system: 'x86_64-linux',
    toplevel,
    init: `${toplevel}/init`,
    kernel: `${storePath('linux')}/bzImage`,
    kernelParams: ['quiet'],
    label: 'NixOS 25.11',
    initrds: [],
    specialisations,
  };
}
