import type { CommittedModule } from '../../hardware/committed/committed-module.ts';
import { partForConf } from '../../hardware/emit/conf-options.ts';
import type { HardwareModule } from '../../hardware/module/hardware-module.ts';
import type { Root } from '../../host/root.ts';
import type { ModuleFormat } from './module-file.ts';

/** What a module's file says, by its logical path. */
export async function readCommitted(
  root: Root,
  path: string,
  format: ModuleFormat,
): Promise<CommittedModule> {
  if (format === 'conf') {
    const { readConfModule } = await import('../../system/committed-hardware.ts');
    return readConfModule(root, path);
  }
  const { readNixModule } = await import('../../hardware/committed/read-nix-module.ts');
  return readNixModule(root.onHost(root.realPath(path)));
}

/** The part of a module that a file of that format can say. */
export function sayableIn(format: ModuleFormat, module: HardwareModule): HardwareModule {
  return format === 'conf' ? partForConf(module) : module;
}
