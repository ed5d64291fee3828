import { createHash } from 'node:crypto';

/**
 * A ledger is kept twice. A write goes, in place, over the older copy, so whatever happens to
 * it the newer one is whole. Each copy starts with a line that holds the format's version, a
 * sequence number and the SHA-256 of the rest.
 */
export const slotNames = ['ledger-a', 'ledger-b'] as const;
export type SlotName = (typeof slotNames)[number];

const header = /^genctl-ledger 1 ([0-9]{1,15}) ([0-9a-f]{64})\n/;

export interface Slot {
  sequence: number;
  body: string;
}

/** Reads one copy; undefined where it is torn, or of a format that we do not know. */
function decodeSlot(text: string | undefined): Slot | undefined {
  const match = header.exec(text ?? '');
  if (text === undefined || match === null) return undefined;
  const body = text.slice(match[0].length);
  const isWhole = sha256(body) === match[2];
  return isWhole ? { sequence: Number(match[1]), body } : undefined;
}

/** Whether a copy is of a format that came after the one that is written here. */
export function isOfNewerFormat(text: string | undefined): boolean {
  const version = /^genctl-ledger ([0-9]{1,9}) /.exec(text ?? '')?.[1];
  return version !== undefined && Number(version) > 1;
}

export function encodeSlot({ sequence, body }: Slot): string {
  return `genctl-ledger 1 ${sequence} ${sha256(body)}\n${body}`;
}

/** The newest whole copy, and the name of the copy that the next write goes to. */
export function chooseSlots(texts: readonly (string | undefined)[]): {
  newest: Slot | undefined;
  next: SlotName;
} {
  const [a, b] = texts.map(decodeSlot);
  if (a === undefined) return { newest: b, next: 'ledger-a' };
  if (b === undefined || a.sequence > b.sequence) return { newest: a, next: 'ledger-b' };
  return { newest: b, next: 'ledger-a' };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
