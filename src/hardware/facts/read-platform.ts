import { type FileTree, line } from '../sources/file-tree.ts';
import { platformFile } from '../sources/genctl-files.ts';
import type { CpuInfo } from './read-cpu.ts';

/**
 * Nix's name of the platform: what the source says, or else what the processor can run; null where
 * neither tells (PowerPC's byte order, MIPS …).
 */
export function readPlatform(tree: FileTree, cpu: CpuInfo): string | null {
  const told = line(tree, platformFile);
  if (told !== undefined && /^[a-z0-9_]{1,32}-linux$/.test(told)) return told;
  return x86Platform(cpu) ?? armPlatform(cpu) ?? riscvPlatform(cpu);
}

export function isX86({ fields }: CpuInfo): boolean {
  return fields.has('flags') && fields.has('vendor_id');
}

/** `lm`, long mode, is what AMD called 64 bits. */
function x86Platform(cpu: CpuInfo): string | null {
  if (!isX86(cpu)) return null;
  return cpu.flags.has('lm') ? 'x86_64-linux' : 'i686-linux';
}

/**
 * A 32-bit kernel says `CPU architecture: 8` on a 64-bit processor as well. But only 64-bit kernels
 * know `asimd` and `fp`, which 32-bit ones call `neon` and `vfp`.
 */
function armPlatform({ fields, flags }: CpuInfo): string | null {
  const architecture = fields.get('CPU architecture');
  if (architecture === undefined) return null;
  if (architecture === 'AArch64' || flags.has('asimd') || flags.has('fp')) return 'aarch64-linux';
  if (architecture === '8' && !flags.has('half')) return 'aarch64-linux';
  if (/^[78]/.test(architecture)) return 'armv7l-linux';
  return architecture.startsWith('6') ? 'armv6l-linux' : null;
}

function riscvPlatform({ fields }: CpuInfo): string | null {
  return fields.get('isa')?.startsWith('rv64') === true ? 'riscv64-linux' : null;
}
