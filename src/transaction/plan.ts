import { createHash } from 'node:crypto';
import type { BootVolumeId, Step, VolumeId } from './step.ts';

/**
 * All that a verb will change, in order. `prepare` can be undone without new bytes; the first
 * step of `commit` is the point of no return; `cleanup` only takes away what nothing needs.
 */
export interface Plan {
  version: 2;
  /** The verb that made it, for messages and the journal. */
  verb: string;
  /** Digest of what it was made from; a plan whose world has moved on is refused. */
  fingerprint: string;
  /** The boot partitions that it writes to. */
  volumes: readonly VolumeIdentity[];
  prepare: readonly Step[];
  commit: readonly Step[];
  cleanup: readonly Step[];
}

/**
 * Which boot partition a plan is about. A path is no identity: another disk may be mounted there
 * by the time of a recovery, with files of the same names. Its ledger is one.
 */
export interface VolumeIdentity {
  volume: BootVolumeId;
  /** A logical path. */
  mountPoint: string;
  /** Where nothing is mounted there: a folder of some other file system is used as it is. */
  isFolder?: boolean | undefined;
  /**
   * The place to boot from that it is part of. The transaction stands and falls with number 0; the
   * others are its mirrors, which may fall behind.
   */
  target: number;
  ledgerFolder: string;
  /** Digests of the ledgers that it has before, during and after the transaction. */
  ledgerDigests: readonly string[];
}

/** A boot partition as it was read for a plan. */
export interface PlannedVolume {
  volume: BootVolumeId;
  mountPoint: string;
  isFolder?: boolean | undefined;
  target: number;
  ledgerFolder: string;
  ledgerBody: string | undefined;
}

/** The steps of one part of a transaction, before they are put together into a plan. */
export interface PlanParts {
  prepare: readonly Step[];
  commit: readonly Step[];
  cleanup: readonly Step[];
}

export const nothing: PlanParts = { prepare: [], commit: [], cleanup: [] };

/** Parts one after the other, stage by stage. */
export function joinParts(all: readonly PlanParts[]): PlanParts {
  return {
    prepare: all.flatMap(({ prepare }) => prepare),
    commit: all.flatMap(({ commit }) => commit),
    cleanup: all.flatMap(({ cleanup }) => cleanup),
  };
}

/**
 * Puts a plan together. The parts' order is the order of the writes. Where there is work but
 * nothing in it that marks its point of no return, the journal itself does.
 *
 * @param volumes those that the steps do not name are left out
 * @param fingerprint of what it was made from; not asked for where there is nothing to do
 */
export function makePlan(
  verb: string,
  volumes: readonly PlannedVolume[],
  fingerprint: () => string,
  parts: PlanParts,
): Plan {
  const { prepare, commit, cleanup } = parts;
  const hasWork = prepare.length + commit.length + cleanup.length > 0;
  const named = volumesOf([...prepare, ...commit, ...cleanup]);
  const mirrors = new Set<VolumeId>(
    volumes.flatMap(({ volume, target }) => (target === 0 ? [] : [volume])),
  );
  return {
    version: 2,
    verb,
    fingerprint: hasWork ? fingerprint() : '',
    volumes: volumes
      .filter(({ volume }) => named.has(volume))
      .map(volume => identityOf(volume, parts)),
    prepare,
    commit:
      hasWork && !decides(commit[0], mirrors) ? [{ kind: 'mark-committed' }, ...commit] : commit,
    cleanup,
  };
}

/** Whether a step can be the point of no return: one that must not fail, and stays done. */
function decides(step: Step | undefined, mirrors: ReadonlySet<VolumeId>): boolean {
  return (
    step !== undefined && !isForLoader(step) && !('volume' in step && mirrors.has(step.volume))
  );
}

/** Whether a step leaves word for the boot loader, which may change that again by itself. */
export function isForLoader({ kind }: Step): boolean {
  return kind === 'write-grub-environment' || kind === 'set-efi-variable';
}

function identityOf(planned: PlannedVolume, parts: PlanParts): VolumeIdentity {
  const { volume, mountPoint, isFolder, target, ledgerFolder, ledgerBody } = planned;
  const bodies = [...parts.prepare, ...parts.commit, ...parts.cleanup].flatMap(step =>
    step.kind === 'write-ledger' && step.volume === volume ? [step.before, step.after] : [],
  );
  return {
    volume,
    mountPoint,
    ...(isFolder === true && { isFolder }),
    target,
    ledgerFolder,
    ledgerDigests: [...new Set([ledgerBody, ...bodies].map(ledgerDigest))],
  };
}

/** A ledger's digest; there is one for having none, too. */
export function ledgerDigest(body: string | undefined): string {
  return body === undefined ? 'none' : createHash('sha256').update(body).digest('hex');
}

export function isEmpty(plan: Plan): boolean {
  return plan.prepare.length + plan.commit.length + plan.cleanup.length === 0;
}

/** Steps that end with their volume synced; nothing where there are no steps. */
export function stage(volume: VolumeId, steps: readonly Step[]): readonly Step[] {
  return steps.length === 0 ? [] : [...steps, { kind: 'sync-volume', volume }];
}

/** The volumes that steps name. */
export function volumesOf(steps: readonly Step[]): Set<VolumeId> {
  return new Set(steps.flatMap(step => ('volume' in step ? [step.volume] : [])));
}

/** Digest of anything that is plain data; the order of keys is the caller's. */
export function fingerprintOf(world: unknown): string {
  return createHash('sha256').update(JSON.stringify(world)).digest('hex');
}
