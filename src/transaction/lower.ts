import { createHash } from 'node:crypto';
import type { DiskView, DiskWrite } from './disk-write.ts';
import { chooseSlots, encodeSlot, slotNames } from './ledger-slots.ts';
import type { FileDigest, FilePlace, Step, StepKind, StepOf } from './step.ts';

/**
 * What has to be written for a step on disks that look like this: nothing where the step is
 * done already, so a step can be done again after a crash. Pure.
 */
export function lower(step: Step, view: DiskView): readonly DiskWrite[] {
  return lowering(step.kind)(step, view);
}

/** Sizes of one sector, the unit that a disk writes as a whole. */
export const sectorBytes = 512;

/** The name that a file or a link has until it is whole. It is ours because that one is. */
function partialOf({ volume, path }: FilePlace): FilePlace {
  return { volume, path: `${path}.part` };
}

type Lowering<Kind extends StepKind> = (step: StepOf<Kind>, view: DiskView) => readonly DiskWrite[];

/** A step without a lowering does not compile. */
const lowerings: { [Kind in StepKind]: Lowering<Kind> } = {
  'create-file': (step, view) => {
    if (sameDigest(view.digest(step), step)) return unlinkIfThere(partialOf(step), view);
    // Even what is damaged stays until there is something whole in its place.
    return view.exists(step)
      ? exchange(step, step.content, step, view)
      : createWhole(step, step.content, step, view);
  },

  'exchange-file': (step, view) =>
    sameDigest(view.digest(step), step)
      ? unlinkIfThere(partialOf(step), view)
      : exchange(step, step.content, step, view),

  'verify-file': step => [{ do: 'verify', ...place(step), digest: pick(step) }],

  'remove-file': (step, view) => [
    ...(step.insteadOf?.includes(view.text(step) ?? '') === false ? [] : unlinkIfThere(step, view)),
    ...unlinkIfThere(partialOf(step), view),
  ],

  'make-folder': (step, view) =>
    view.exists(step) ? [] : [{ do: 'make-folder', ...place(step) }, syncFolderOf(step)],

  'overwrite-sector': (step, view) =>
    view.text(step) === step.before && step.before !== step.after
      ? [{ do: 'overwrite', ...place(step), text: sector(step.after) }]
      : [],

  'take-over-sector': (step, view) => {
    const text = view.text(step);
    if (text === step.after) return unlinkIfThere(partialOf(step), view);
    if (step.before !== undefined && text !== step.before && text !== padToSector(step.before)) {
      return [];
    }
    if (step.before === undefined) {
      // Empty is what a cut-off rename leaves on vfat.
      if (text !== undefined && text !== '') return [];
      return [
        ...unlinkIfThere(step, view),
        ...createWhole(step, { text: step.after }, digestOfText(step.after), view),
      ];
    }
    // First the old words in the new size, then one sector: whatever is torn, one of both holds.
    return [
      { do: 'rewrite', ...place(step), text: padToSector(step.before) },
      { do: 'overwrite', ...place(step), text: sector(step.after) },
    ];
  },

  'restore-text': (step, view) =>
    step.insteadOf.includes(view.text(step) ?? '')
      ? [{ do: 'rewrite', ...place(step), text: step.text }]
      : [],

  'write-ledger': (step, view) => {
    const at = (name: string): FilePlace => ({
      volume: step.volume,
      path: `${step.folder}/${name}`,
    });
    const { newest, next } = chooseSlots(slotNames.map(name => view.text(at(name))));
    const leftover = slotNames.flatMap(name => unlinkIfThere(partialOf(at(name)), view));
    if (newest?.body === step.after) return leftover;
    const text = encodeSlot({ sequence: (newest?.sequence ?? 0) + 1, body: step.after });
    return view.exists(at(next))
      ? [...leftover, { do: 'rewrite', ...at(next), text }]
      : [...leftover, ...makeWhole(at(next), { text }, digestOfText(text))];
  },

  'write-state': (step, view) => {
    const file: FilePlace = { volume: 'root', path: step.path };
    if (view.text(file) === step.after) return [];
    const partial = partialOf(file);
    return [
      ...unlinkIfThere(partial, view),
      {
        do: 'create',
        ...partial,
        content: { text: step.after },
        digest: digestOfText(step.after),
      },
      { do: 'rename-over', ...partial, to: step.path },
      syncFolderOf(file),
    ];
  },

  'make-link': (step, view) => {
    const link: FilePlace = { volume: 'root', path: step.path };
    return replaceLink(link, step.target, step.mtimeSeconds, view);
  },

  'swap-link': (step, view) => {
    const link: FilePlace = { volume: 'root', path: step.path };
    const target = view.linkTarget(link);
    const isSomebodys = target !== step.before && target !== step.after;
    if (isSomebodys) return unlinkIfThere(partialOf(link), view);
    return replaceLink(link, step.after, undefined, view);
  },

  'remove-link': (step, view) => {
    const link: FilePlace = { volume: 'root', path: step.path };
    // A link that leads elsewhere by now is not the one that was planned to go.
    const gone = view.linkTarget(link) === step.target ? [{ do: 'unlink', ...link } as const] : [];
    const all = [...gone, ...unlinkIfThere(partialOf(link), view)];
    return all.length === 0 ? [] : [...all, syncFolderOf(link)];
  },

  // What these have to do, the programs that they start find out.
  activate: step => [{ do: 'activate', step }],
  'verify-etc': step => [{ do: 'verify-etc', step }],
  'stop-units': step => [{ do: 'stop-units', step }],
  'switch-units': step => [{ do: 'switch-units', step }],
  'restore-units': step => [{ do: 'restore-units', step }],

  'withdraw-activation': step => [{ do: 'withdraw-activation', system: step.system }],

  'write-grub-environment': (step, view) =>
    view.text(step) === step.before && step.before !== step.after
      ? [{ do: 'overwrite', ...place(step), text: changedSector(step.before, step.after) }]
      : [],

  'clear-efi-variable': (step, view) =>
    view.efiVariable(step.name) === step.before
      ? [{ do: 'clear-efi-variable', name: step.name }]
      : [],

  'set-efi-variable': (step, view) =>
    view.efiVariable(step.name) === step.before && step.before !== step.after
      ? [{ do: 'set-efi-variable', name: step.name, text: step.after }]
      : [],

  'run-bootctl': step => [{ do: 'run-bootctl', args: step.args }],

  'run-grub-install': step => [{ do: 'run-grub-install', step }],

  'point-load-option': (step, view) =>
    view.loadOptionPath(step.number) === step.before ? [{ do: 'point-load-option', step }] : [],

  'delete-load-option': (step, view) =>
    view.loadOptionPath(step.number) === step.path
      ? [{ do: 'delete-load-option', number: step.number }]
      : [],

  'remove-tree': (step, view) => (view.exists(step) ? [{ do: 'remove-tree', ...place(step) }] : []),

  'collect-garbage': step => [{ do: 'collect-garbage', maxFreedBytes: step.maxFreedBytes }],

  'sync-volume': step => [{ do: 'sync-volume', volume: step.volume }],

  'mark-committed': (_, view) => (view.isMarkedCommitted() ? [] : [{ do: 'mark-committed' }]),
};

function lowering(kind: StepKind): Lowering<StepKind> {
  // The table's type ties each kind to its step; the union of both cannot say so any more.
  return lowerings[kind] as Lowering<StepKind>;
}

/** The new one whole beside the old one; then, for a moment, nothing has the name. */
function exchange(
  file: FilePlace,
  content: StepOf<'create-file'>['content'],
  digest: FileDigest,
  view: DiskView,
): readonly DiskWrite[] {
  const partial = partialOf(file);
  return [
    ...unlinkIfThere(partial, view),
    { do: 'create', ...partial, content, digest: pick(digest) },
    syncFolderOf(file),
    ...unlinkIfThere(file, view),
    { do: 'rename', ...partial, to: file.path },
    syncFolderOf(file),
  ];
}

/** Temporary name, content synced, rename to a name that is free, folder synced. */
function createWhole(
  file: FilePlace,
  content: StepOf<'create-file'>['content'],
  digest: FileDigest,
  view: DiskView,
): readonly DiskWrite[] {
  return [...unlinkIfThere(partialOf(file), view), ...makeWhole(file, content, digest)];
}

/** The same where nothing has the temporary name. */
function makeWhole(
  file: FilePlace,
  content: StepOf<'create-file'>['content'],
  digest: FileDigest,
): readonly DiskWrite[] {
  const partial = partialOf(file);
  return [
    { do: 'create', ...partial, content, digest: pick(digest) },
    { do: 'rename', ...partial, to: file.path },
    syncFolderOf(file),
  ];
}

function replaceLink(
  link: FilePlace,
  target: string,
  mtimeSeconds: number | undefined,
  view: DiskView,
): readonly DiskWrite[] {
  const partial = partialOf(link);
  const leftover = unlinkIfThere(partial, view);
  if (view.linkTarget(link) === target) return leftover;
  return [
    ...leftover,
    { do: 'make-link', ...partial, target, mtimeSeconds },
    { do: 'rename-over', ...partial, to: link.path },
    syncFolderOf(link),
  ];
}

function unlinkIfThere(file: FilePlace, view: DiskView): readonly DiskWrite[] {
  return view.exists(file) ? [{ do: 'unlink', ...place(file) }] : [];
}

function syncFolderOf(file: FilePlace): DiskWrite {
  const at = file.path.lastIndexOf('/');
  return { do: 'sync-folder', volume: file.volume, path: at < 0 ? '' : file.path.slice(0, at) };
}

function place({ volume, path }: FilePlace): FilePlace {
  return { volume, path };
}

function pick({ sizeBytes, sha256 }: FileDigest): FileDigest {
  return { sizeBytes, sha256 };
}

function sameDigest(left: FileDigest | undefined, right: FileDigest): boolean {
  return left?.sha256 === right.sha256 && left.sizeBytes === right.sizeBytes;
}

export function digestOfText(text: string): FileDigest {
  const bytes = Buffer.from(text);
  return {
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** Fills up to one sector with line breaks, which mean nothing to a boot loader. */
export function padToSector(text: string): string {
  const missing = sectorBytes - Buffer.byteLength(text);
  if (missing < 0) throw new Error(`more than one sector: ${text.length} characters`);
  return text + '\n'.repeat(missing);
}

/** The first sector of a text of which only that one changes. */
function changedSector(before: string, after: string): string {
  const [old, next] = [Buffer.from(before), Buffer.from(after)];
  if (!next.subarray(sectorBytes).equals(old.subarray(sectorBytes))) {
    throw new Error('more than the first sector changes');
  }
  return next.subarray(0, sectorBytes).toString();
}

function sector(text: string): string {
  if (Buffer.byteLength(text) !== sectorBytes) throw new Error('not exactly one sector');
  return text;
}
