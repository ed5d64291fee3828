import { isActivationPending, readAppliedManifest } from '../../activation/activation-state.ts';
import { type Drift, driftFinding, findDrift } from '../../activation/drift.ts';
import { backupsComingBack, type HeldBackup, readBackups } from '../../activation/held-backups.ts';
import { hasManifest, readSystemManifest } from '../../activation/read-manifest.ts';
import { type Finding, findingOf, GenctlError } from '../../errors.ts';
import { systemProfile } from '../../generations/generation.ts';
import type { Root } from '../../host/root.ts';
import { numberBeforeCurrent } from './choose-number.ts';
import { profileNamed, type Systems } from './read-machine.ts';

/** What has become of what was placed in /etc, and of what was there. */
export interface EtcState {
  drift: readonly Drift[];
  backups: readonly ShownBackup[];
  findings: readonly Finding[];
}

export interface ShownBackup extends HeldBackup {
  /** Numbers of the generations that put it back, of the profile `system`. */
  generations: readonly number[];
  /** Whether `genctl rollback` would put it back. */
  onRollback: boolean;
}

/** Looks at /etc. What cannot be read of it is a finding. */
export function lookAtEtc(root: Root, systems: Systems): EtcState {
  try {
    const manifest = isOurs(root, systems) ? readAppliedManifest(root) : undefined;
    const drift = manifest === undefined ? [] : findDrift(root, manifest);
    const findings = [
      ...(manifest?.findings ?? []),
      ...(isActivationPending(root) ? [pendingFinding] : []),
      ...drift.map(driftFinding),
    ];
    return { drift, backups: shownBackups(root, systems), findings };
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return { drift: [], backups: [], findings: [findingOf(thrown, '/etc')] };
  }
}

/** What is left of ours says nothing of an /etc that NixOS has applied since. */
function isOurs(root: Root, { active }: Systems): boolean {
  return active === undefined || hasManifest(root, active);
}

const pendingFinding: Finding = {
  code: 'ETC_INCOMPLETE',
  subject: '/etc',
  reason: 'an activation has failed or was interrupted, and none was completed since',
  hint: 'Activate the generation again, `genctl test GEN`; what fails is named there.',
};

function shownBackups(root: Root, systems: Systems): ShownBackup[] {
  const backups = readBackups(root);
  if (backups.length === 0) return [];
  const profile = profileNamed(systems, systemProfile);
  const earlier = ifExpected(() => numberBeforeCurrent(profile));
  const comingBack = profile.generations.map(({ number, target }) => {
    const manifest = ifExpected(() => readSystemManifest(root, target));
    return [number, new Set(manifest && backupsComingBack(backups, manifest))] as const;
  });
  return backups.map(backup => {
    const generations = comingBack
      .filter(([, those]) => those.has(backup))
      .map(([number]) => number);
    return {
      ...backup,
      generations,
      onRollback: earlier !== undefined && generations.includes(earlier),
    };
  });
}

/** What can be known; undefined where something is not as it has to be, which is told elsewhere. */
function ifExpected<T>(lookUp: () => T): T | undefined {
  try {
    return lookUp();
  } catch (thrown) {
    if (thrown instanceof GenctlError) return undefined;
    throw thrown;
  }
}
