import type { Facts } from '../../../src/hardware/facts/facts.ts';
import type {
  Definition,
  HardwareModule,
  ModuleChoices,
} from '../../../src/hardware/module/hardware-module.ts';
import { planModule } from '../../../src/hardware/module/plan-module.ts';
import { madeUpFacts } from '../made-up-facts.ts';

export const usual: ModuleChoices = { deviceBy: 'uuid', withFileSystems: true, root: '/' };

const none = { definitions: [], omissions: [] };

export function planned(facts: Partial<Facts>, choices: Partial<ModuleChoices> = {}) {
  return planModule(madeUpFacts(facts), none, { ...usual, ...choices });
}

/** `fileSystems./.options + noatime`, in order; `!` in front of what the boot hangs on. */
export function said({ definitions }: HardwareModule): string[] {
  return definitions.map(saidOne);
}

function saidOne(definition: Definition): string {
  const value =
    typeof definition.value === 'object' ? definition.value.nix : String(definition.value);
  const sign = definition.kind === 'item' ? '+' : definition.isDefault ? '?=' : '=';
  return `${definition.neededToBoot ? '!' : ''}${definition.option.join('.')} ${sign} ${value}`;
}

/** What is said of file systems, swaps and what they are on, without the types. */
export function saidOfStorage(facts: Partial<Facts>, choices: Partial<ModuleChoices> = {}) {
  return said(planned(facts, choices))
    .filter(line => /^!?(fileSystems|swapDevices|zramSwap|boot|networking\.hostId)\b/.test(line))
    .filter(line => !/^!?fileSystems.*\.fsType = /.test(line));
}

/** `/media/stick: it is on a USB or FireWire disk` */
export function leftOut(facts: Partial<Facts>, choices: Partial<ModuleChoices> = {}): string[] {
  return planned(facts, choices).omissions.map(({ subject, reason }) => `${subject}: ${reason}`);
}
