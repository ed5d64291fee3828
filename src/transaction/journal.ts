import { GenctlError } from '../errors.ts';
import type { Root } from '../host/root.ts';
import type { Plan, VolumeIdentity } from './plan.ts';
import type { Step } from './step.ts';

/**
 * The plan of the transaction under way. It is durable before the plan's first write and goes
 * after its last one; one that is found later belongs to a run that did not come to its end.
 */
export interface Journal {
  version: 2;
  /** The boot that the transaction began in. */
  bootId: string;
  plan: Plan;
}

const folderPath = '/nix/var/genctl';
const journalName = 'journal.json';
const markName = 'journal.committed';

/** Where the journal is, a logical path. */
export const journalPath = `${folderPath}/${journalName}`;

/** There once the point of no return of a transaction is passed that moves no default. */
export const journalMark = `${folderPath}/${markName}`;

export function writeJournal(root: Root, journal: Journal): void {
  using folder = root.folderOrMake(folderPath);
  const partial = `${journalName}.part`;
  if (folder.stat(markName) !== undefined) {
    // Left by a crash within removeJournal; it must not speak for another transaction.
    folder.removeFile(markName);
    folder.sync();
  }
  folder.removeTree(partial);
  folder.createFile(partial, Buffer.from(`${JSON.stringify(journal)}\n`), modeFor(journal.plan));
  folder.rename(partial, journalName);
  folder.sync();
}

/** Of what only some may read, others must not read a copy. */
function modeFor({ prepare, commit, cleanup }: Plan): number {
  const modes = [...prepare, ...commit, ...cleanup].flatMap(step =>
    'content' in step && 'text' in step.content ? (step.content.mode ?? []) : [],
  );
  return modes.reduce((all, mode) => all & mode, 0o644);
}

/**
 * The journal that an earlier run has left behind, if it has.
 *
 * @throws GenctlError JOURNAL_UNREADABLE, JOURNAL_TOO_NEW
 */
export function readJournal(root: Root): Journal | undefined {
  const text = root.readFileIfThere(`${folderPath}/${journalName}`)?.toString('utf8');
  if (text === undefined) return undefined;
  const journal = upgrade(parse(text, root.onHost(`${folderPath}/${journalName}`)));
  if (journal.version !== 2 || (journal.plan as Plan | undefined)?.version !== 2) {
    throw new GenctlError(
      'JOURNAL_TOO_NEW',
      'a newer genctl was interrupted here, and this one cannot read its journal',
      { hint: 'Run `genctl recover` of the newer version.' },
    );
  }
  return journal;
}

/** The first format knew one ESP, and each store path that was to be deleted by its name. */
interface FirstPlan extends Omit<Plan, 'version' | 'volumes' | 'cleanup'> {
  version: 1;
  esp: Omit<VolumeIdentity, 'volume' | 'target'>;
  cleanup: readonly (Step | { kind: 'delete-store-path' })[];
}

function upgrade(journal: Journal | { version: 1; bootId: string; plan: FirstPlan }): Journal {
  if (journal.version !== 1 || (journal.plan as FirstPlan | undefined)?.version !== 1) {
    // Whoever asked for it sees that it is of no version that is known here.
    return journal as Journal;
  }
  const { esp, cleanup, ...plan } = journal.plan;
  return {
    version: 2,
    bootId: journal.bootId,
    plan: {
      ...plan,
      version: 2,
      volumes: [{ ...esp, volume: 'esp', target: 0 }],
      // The next collection finds them again.
      cleanup: cleanup.filter(step => step.kind !== 'delete-store-path'),
    },
  };
}

/** Says, durably, that the transaction will be brought to its end. */
export function markCommitted(root: Root): void {
  using folder = root.folder(folderPath);
  folder.createFile(markName, Buffer.alloc(0));
  folder.sync();
}

export function removeJournal(root: Root): void {
  using folder = root.folder(folderPath);
  folder.removeTree(journalName);
  folder.sync();
  // Second, and after a sync: a mark without its journal means nothing, the reverse a lot.
  if (folder.stat(markName) === undefined) return;
  folder.removeFile(markName);
  folder.sync();
}

function parse(text: string, path: string): Parameters<typeof upgrade>[0] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('version' in value)) {
      throw new TypeError('it is no journal');
    }
    return value as Journal;
  } catch (cause) {
    throw new GenctlError('JOURNAL_UNREADABLE', `${path}: the journal is damaged`, {
      cause,
      hint: 'Check the file system; then move the file away and run `genctl menu sync`.',
    });
  }
}
