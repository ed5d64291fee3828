import { dryActivate } from '../../../activation/switch-to-configuration.ts';
import type { Root } from '../../../host/root.ts';
import { type ActivationPart, noActivation } from './activation-part.ts';

/** Plans to let a system that NixOS built activate itself, its units included. */
export async function planForeign(
  root: Root,
  system: string,
  previous: string | undefined,
): Promise<ActivationPart> {
  if (system === previous) return noActivation;
  const lines = await dryActivate(root, system);
  return {
    steps: [{ kind: 'activate', system, previous }],
    findings: [],
    preview: {
      json: { activation: { said: lines } },
      text: lines.map(line => `${line}\n`).join(''),
    },
  };
}
