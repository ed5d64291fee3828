import { memberOf } from '../emit/option-family.ts';
import { optionName, optionPath } from '../emit/option-name.ts';
import type { CommittedModule } from './committed-module.ts';

/** A file in which labels are devices, as NixOS takes them for where there is no `device`. */
export function withLabels(file: CommittedModule): CommittedModule {
  const told = new Map(file);
  for (const [key, value] of file) {
    const option = optionPath(key);
    const member = option.at(-1) === 'label' ? memberOf(option) : undefined;
    if (member === undefined || member.rest.length > 1) continue;
    told.delete(key);
    const device = optionName([...option.slice(0, -1), 'device']);
    if (!file.has(device)) told.set(device, `LABEL=${String(value)}`);
  }
  return told;
}
