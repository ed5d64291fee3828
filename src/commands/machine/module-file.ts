import { renderConf } from '../../hardware/emit/render-conf.ts';
import { renderNix } from '../../hardware/emit/render-nix.ts';
import type { Root } from '../../host/root.ts';
import { type Hardware, originOf } from './read-hardware.ts';

/** The languages that a module is written in. */
export const moduleFormats = ['conf', 'nix'] as const;
export type ModuleFormat = (typeof moduleFormats)[number];

/** A module as text. */
export function renderModule(hardware: Hardware, format: ModuleFormat): string {
  const render = format === 'nix' ? renderNix : renderConf;
  return render(hardware.module, originOf(hardware));
}

/** Where modules are: beside the declaration, or where NixOS has its own. */
const nixPath = '/etc/nixos/hardware-configuration.nix';

/** Where the module of a format belongs, as seen from the root. */
export function modulePath(format: ModuleFormat, config: string): string {
  return format === 'nix' ? nixPath : `${config}/hardware-configuration.conf`;
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
