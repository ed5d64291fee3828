import {
  isActivationPending,
  readAppliedManifest,
  readSystemManifest,
} from '../../activation/applied-manifest.ts';
import { type Drift, driftFinding, findDrift } from '../../activation/drift.ts';
import { type HeldBackup, readBackups, wouldComeBack } from '../../activation/held-backups.ts';
import { type Finding, GenctlError } from '../../errors.ts';
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
    const { code, message, hint } = thrown;
    const finding = { code, subject: '/etc', reason: message, ...(hint !== undefined && { hint }) };
    return { drift: [], backups: [], findings: [finding] };
  }
}

/** What is left of ours says nothing of an /etc that NixOS has applied since. */
function isOurs(root: Root, { active }: Systems): boolean {
  return active === undefined || root.stat(`${active}/etc-manifest`) !== undefined;
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
  const manifests = profile.generations.flatMap(({ number, target }) => {
    const manifest = ifExpected(() => readSystemManifest(root, target));
    return manifest === undefined ? [] : [{ number, manifest }];
  });
  return backups.map(backup => {
    const generations = manifests
      .filter(({ manifest }) => wouldComeBack(backup, manifest))
      .map(({ number }) => number);
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

/** A backup for people: what it is of, and when it comes back. */
export function sayBackup(backup: ShownBackup): string {
  const rollback = backup.onRollback ? ', so with a rollback' : '';
  return `on hold: /etc/${backup.path} (${whenBack(backup)}${rollback})`;
}

function whenBack({ backup, comesBack, generations }: ShownBackup): string {
  if (comesBack === 'when-unwanted') return 'comes back once no system declares it';
  if (comesBack === 'never' || generations.length === 0) return `stays at ${backup}`;
  const plural = generations.length === 1 ? '' : 's';
  return `comes back with generation${plural} ${generations.join(', ')}`;
}

/** The same as `status --json` gives it. */
export function backupJson({
  path,
  backup,
  comesBack,
  generations,
  onRollback,
}: ShownBackup): object {
  const isOfTree = typeof comesBack === 'object';
  return {
    path: `/etc/${path}`,
    backup,
    comesBack: isOfTree ? 'with-tree' : comesBack,
    tree: isOfTree ? comesBack.tree : null,
    generations,
    onRollback,
  };
}
