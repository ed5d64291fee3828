import { exitCodes, GenctlError } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import { type Hardware, originOf } from './read-hardware.ts';

/** The languages that a module is written in. */
const moduleFormats = ['conf', 'nix'] as const;
export type ModuleFormat = (typeof moduleFormats)[number];

/** A module as text. */
export async function renderModule(hardware: Hardware, format: ModuleFormat): Promise<string> {
  const origin = originOf(hardware);
  if (format === 'nix') {
    const { renderNix } = await import('../../hardware/emit/render-nix.ts');
    return renderNix(hardware.module, origin);
  }
  const { renderConf } = await import('../../hardware/emit/render-conf.ts');
  return renderConf(hardware.module, origin);
}

/** Where modules are: beside the declaration, or where NixOS has its own. */
const nixPath = '/etc/nixos/hardware-configuration.nix';

/** Where the module of a format belongs, as seen from the root. */
export function modulePath(format: ModuleFormat, config: string): string {
  return format === 'nix' ? nixPath : `${config}/hardware-configuration.conf`;
}

/**
 * The path that a person has given for a module's file.
 *
 * @throws GenctlError USAGE for what is not the absolute path of a file
 */
export function namedFile(path: string): string {
  const parts = path.split('/').slice(1);
  const isPath = path.startsWith('/') && !parts.some(part => ['', '.', '..'].includes(part));
  if (isPath) return path;
  throw new GenctlError('USAGE', `--file ${JSON.stringify(path)} is not the path of a file`, {
    exitCode: exitCodes.usage,
    hint: 'Give it an absolute path, as seen from the root, such as /etc/nixos/hardware-configuration.nix.',
  });
}

/** The format that a file's name says; genctl's own unless it ends in `.nix`. */
export function formatOf(path: string): ModuleFormat {
  return path.endsWith('.nix') ? 'nix' : 'conf';
}

/** The module that a machine is configured with; undefined where there is none. */
export function committedPath(root: Root, config: string): string | undefined {
  return moduleFormats
    .map(format => modulePath(format, config))
    .find(path => root.stat(path) !== undefined);
}
