import { createHash } from 'node:crypto';
import type { Step, VolumeId } from './step.ts';

/**
 * All that a verb will change, in order. `prepare` can be undone without new bytes; the first
 * step of `commit` is the point of no return; `cleanup` only takes away what nothing needs.
 */
export interface Plan {
  version: 1;
  /** The verb that made it, for messages and the journal. */
  verb: string;
  /** Digest of what it was made from; a plan whose world has moved on is refused. */
  fingerprint: string;
  esp: EspIdentity;
  prepare: readonly Step[];
  commit: readonly Step[];
  cleanup: readonly Step[];
}

/**
 * Which boot partition a plan is about. A path is no identity: another disk may be mounted there
 * by the time of a recovery, with files of the same names. Its ledger is one.
 */
export interface EspIdentity {
  /** A logical path. */
  mountPoint: string;
  ledgerFolder: string;
  /** Digests of the ledgers that it has before, during and after the transaction. */
  ledgerDigests: readonly string[];
}

/** A boot partition as it was read for a plan. */
export interface PlannedEsp {
  mountPoint: string;
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

/**
 * Puts a plan together. The parts' order is the order of the writes. Where there is work but
 * nothing in it that marks its point of no return, the journal itself does.
 *
 * @param fingerprint of what it was made from; not asked for where there is nothing to do
 */
export function makePlan(
  verb: string,
  esp: PlannedEsp,
  fingerprint: () => string,
  parts: PlanParts,
): Plan {
  const { prepare, commit, cleanup } = parts;
  const hasWork = prepare.length + commit.length + cleanup.length > 0;
  return {
    version: 1,
    verb,
    fingerprint: hasWork ? fingerprint() : '',
    esp: identityOf(esp, parts),
    prepare,
    commit: hasWork && commit.length === 0 ? [{ kind: 'mark-committed' }] : commit,
    cleanup,
  };
}

function identityOf(esp: PlannedEsp, parts: PlanParts): EspIdentity {
  const bodies = [...parts.prepare, ...parts.commit, ...parts.cleanup].flatMap(step =>
    step.kind === 'write-ledger' ? [step.before, step.after] : [],
  );
  return {
    mountPoint: esp.mountPoint,
    ledgerFolder: esp.ledgerFolder,
    ledgerDigests: [...new Set([esp.ledgerBody, ...bodies].map(ledgerDigest))],
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

/** Digest of anything that is plain data; the order of keys is the caller's. */
export function fingerprintOf(world: unknown): string {
  return createHash('sha256').update(JSON.stringify(world)).digest('hex');
}
