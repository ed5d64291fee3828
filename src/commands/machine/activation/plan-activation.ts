import type { ActivationItem } from '../../../activation/activation-plan.ts';
import { hasManifest } from '../../../activation/read-manifest.ts';
import { GenctlError } from '../../../errors.ts';
import { systemProfile } from '../../../generations/generation.ts';
import type { Root } from '../../../host/root.ts';
import type { Systems } from '../read-machine.ts';
import { type ActivationPart, type ActivationWish, noActivation } from './activation-part.ts';
import { askActivate } from './ask-activate.ts';
import { leaveDifferences } from './leave-differences.ts';
import { rebootFindings } from './reboot-findings.ts';
import { refuseOtherKind } from './refuse-other-kind.ts';

/**
 * Plans the activation of a system. All that is in the way is found before anything changes.
 *
 * @throws GenctlError ETC_IN_THE_WAY; NEEDS_REBOOT; ACTIVATION_UNKNOWN for a system that neither genctl nor
 *   NixOS has built
 */
export async function planActivation(
  root: Root,
  systems: Systems,
  wish: ActivationWish,
): Promise<ActivationPart> {
  const { system } = wish;
  refuseOtherKind(root, system);
  const previous = appliedSystem(root, systems);
  if (hasManifest(root, system)) {
    const items = await askActivate(root, wish);
    return await planOwn(root, wish, previous, items);
  }
  if (root.isLive && root.stat(`${system}/bin/switch-to-configuration`) !== undefined) {
    const { planForeign } = await import('./plan-foreign.ts');
    return await planForeign(root, system, previous);
  }
  // Another `activate`, such as NixOS's, does not know the word `plan`: it would activate.
  throw new GenctlError(
    'ACTIVATION_UNKNOWN',
    `${system}: genctl did not build this system, so it cannot activate it`,
    { hint: 'Make it the default of the menu with `genctl boot GEN`, and boot it.' },
  );
}

async function planOwn(
  root: Root,
  { system, conflicts }: ActivationWish,
  previous: string | undefined,
  items: readonly ActivationItem[],
): Promise<ActivationPart> {
  const { findings, except } = leaveDifferences(root, items);
  const changes = items.filter(({ action }) => action !== 'keep');
  if (changes.length === 0) return { ...noActivation, findings };
  const { planUnits } = await import('./plan-units.ts');
  const units = await planUnits(root, system, items);
  const isExchanged = items.some(({ action }) => action === 'usr');
  return {
    steps: [
      ...units.before,
      { kind: 'activate', system, previous, conflicts },
      ...units.after,
      { kind: 'verify-etc', system, except },
    ],
    findings: [
      ...findings,
      ...units.findings,
      ...(isExchanged ? rebootFindings(root, system) : []),
    ],
    preview: {
      json: { activation: { etc: changes, units: units.changes } },
      text: units.text,
    },
  };
}

/**
 * The system whose `/etc` is in place. A root that does not run keeps no /run: there it is the
 * current one, if any was ever applied.
 */
function appliedSystem(root: Root, { active, profiles }: Systems): string | undefined {
  if (active !== undefined) return active;
  if (root.stat('/etc/static') === undefined) return undefined;
  const system = profiles.find(({ name }) => name === systemProfile);
  return system?.generations.find(({ number }) => number === system.currentNumber)?.target;
}
