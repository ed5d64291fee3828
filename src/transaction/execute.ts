import { createHash } from 'node:crypto';
import { GenctlError } from '../errors.ts';
import { clearLoaderVariable, setLoaderVariable } from '../host/efi-variables.ts';
import { isFat } from '../host/file-system-space.ts';
import type { Folder } from '../host/folder.ts';
import { deleteLoadOption, pointLoadOption } from '../host/load-options.ts';
import type { Root } from '../host/root.ts';
import { run } from '../host/run.ts';
import { settle } from '../host/settle.ts';
import type { DiskWrite } from './disk-write.ts';
import type { Disks } from './disks.ts';
import { markCommitted } from './journal.ts';
import type {
  Activate,
  Content,
  FilePlace,
  RestoreUnits,
  RunGrubInstall,
  StopUnits,
  SwitchUnits,
  VerifyEtc,
} from './step.ts';

/** What a transaction does through other rooms; `commands` hands it in. */
export interface Outside {
  /** Runs a system's `activate` on the root. */
  activate(step: Activate): Promise<void>;
  /** Takes away what a system's `activate` has applied. */
  withdrawActivation(system: string): Promise<void>;
  /** @throws GenctlError where `/etc` is not what the manifest says */
  verifyEtc(step: VerifyEtc): Promise<void>;
  stopUnits(step: StopUnits): Promise<void>;
  switchUnits(step: SwitchUnits): Promise<void>;
  restoreUnits(step: RestoreUnits): Promise<void>;
  collectGarbage(maxFreedBytes: number | undefined): Promise<void>;
  runBootctl(args: readonly string[]): Promise<void>;
  /**
   * @param makeDurable makes what it has written to the boot partition durable
   * @throws GenctlError where one of its runs has failed, after all were tried
   */
  runGrubInstall(step: RunGrubInstall, makeDurable: () => Promise<void>): Promise<void>;
}

type Kind = DiskWrite['do'];
type Executor<K extends Kind> = (
  write: Extract<DiskWrite, { do: K }>,
  disks: Disks,
  outside: Outside,
) => void | Promise<void>;

/** Does one write. What it throws names the file. */
export async function execute(write: DiskWrite, disks: Disks, outside: Outside): Promise<void> {
  const executor = executors[write.do] as Executor<Kind>;
  await executor(write, disks, outside);
}

/** A write without an executor does not compile. */
const executors: { [K in Kind]: Executor<K> } = {
  'make-folder': (write, disks) => {
    using at = disks.folderOf(write).folder;
    at.makeFolder(nameOf(write));
  },
  create: (write, disks) => {
    using at = disks.folderOf(write).folder;
    const hash = createHash('sha256');
    const mode = 'text' in write.content ? write.content.mode : undefined;
    at.createFile(nameOf(write), hashed(contentOf(write.content, disks.root), hash), mode);
    if ('text' in write.content || hash.digest('hex') === write.digest.sha256) return;
    throw new GenctlError(
      'STORE_FILE_CHANGED',
      `${disks.root.onHost(write.content.copyOf)}: its content is not what it was when it was first seen`,
      { hint: 'The store is damaged: check the disk, and build the system again.' },
    );
  },
  rename: (write, disks) => {
    using at = disks.folderOf(write).folder;
    const to = nameOf({ path: write.to });
    if (at.stat(to) !== undefined) {
      throw new GenctlError(
        'FILE_EXISTS',
        `${at.join(to)}: a file that is not ours has this name`,
        {
          hint: 'Look at it, move it away, and run the command again.',
        },
      );
    }
    at.rename(nameOf(write), to);
    // On vfat a new name stands for an empty file until the file itself is written back, and
    // syncing the folder does not do that.
    at.syncFile(to);
  },
  'make-link': (write, disks) => {
    using at = disks.folderOf(write).folder;
    at.makeLink(nameOf(write), write.target);
    if (write.mtimeSeconds !== undefined) at.setTimes(nameOf(write), write.mtimeSeconds);
  },
  'rename-over': (write, disks) => {
    using at = disks.folderOf(write).folder;
    if (isFat(at.space())) throw new Error(`${at.path}: FAT cannot replace a file atomically`);
    at.rename(nameOf(write), nameOf({ path: write.to }));
  },
  overwrite: (write, disks) => {
    using at = disks.folderOf(write).folder;
    at.overwrite(nameOf(write), Buffer.from(write.text));
  },
  rewrite: (write, disks) => {
    using at = disks.folderOf(write).folder;
    at.rewrite(nameOf(write), Buffer.from(write.text));
  },
  unlink: (write, disks) => {
    using at = disks.folderOf(write).folder;
    at.removeFile(nameOf(write));
  },
  'remove-tree': (write, disks) => {
    using at = disks.folderOf(write).folder;
    at.removeTree(nameOf(write));
  },
  'sync-folder': (write, disks) => {
    using at = disks.folder(write.volume, write.path);
    at.sync();
  },
  'sync-volume': async (write, disks) => {
    // Node has no syncfs(2). Files and folders are synced one by one as they are written; this
    // adds what belongs to the file system as a whole, such as FAT's own tables.
    if (write.volume !== 'root') await syncWhole(disks.top(write.volume));
  },
  verify: (write, disks) => {
    const found = disks.digest(write);
    if (found?.sha256 === write.digest.sha256) return;
    throw new GenctlError(
      'VERIFY_FAILED',
      `${disks.top(write.volume).join(write.path)}: what was written reads back differently`,
      { hint: 'The device may be failing: look into the kernel log and run fsck on it.' },
    );
  },
  activate: (write, _, outside) => outside.activate(write.step),
  'withdraw-activation': (write, _, outside) => outside.withdrawActivation(write.system),
  'verify-etc': (write, _, outside) => outside.verifyEtc(write.step),
  'stop-units': (write, _, outside) => outside.stopUnits(write.step),
  'switch-units': (write, _, outside) => outside.switchUnits(write.step),
  'restore-units': (write, _, outside) => outside.restoreUnits(write.step),
  'clear-efi-variable': (write, disks) => clearLoaderVariable(disks.root, write.name),
  'set-efi-variable': (write, disks) => setLoaderVariable(disks.root, write.name, write.text),
  'run-bootctl': (write, _, outside) => outside.runBootctl(write.args),
  'run-grub-install': ({ step }, disks, outside) =>
    outside.runGrubInstall(step, () => syncWhole(disks.top(step.volume))),
  'point-load-option': ({ step }, disks) =>
    pointLoadOption(disks.root, step.number, { description: step.description, path: step.after }),
  'delete-load-option': (write, disks) => deleteLoadOption(disks.root, write.number),
  'collect-garbage': (write, _, outside) => outside.collectGarbage(write.maxFreedBytes),
  'mark-committed': (_, disks) => {
    markCommitted(disks.root);
  },
};

async function syncWhole(top: Folder): Promise<void> {
  await run('sync', ['-f', top.path], { shielded: true });
  // vfat has no sync_fs: what syncfs(2) wrote is in the disk's cache only. An fsync flushes that.
  top.sync();
  await settle(top);
}

/** The same pieces, seen by a hash as they pass. */
function* hashed(
  pieces: Iterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): Generator<Uint8Array, void, undefined> {
  for (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

function* contentOf(content: Content, root: Root): Generator<Uint8Array, void, undefined> {
  if ('text' in content) {
    yield Buffer.from(content.text);
    return;
  }
  const { folder, name } = root.locate(content.copyOf);
  using _ = folder;
  yield* folder.chunks(name);
}

function nameOf({ path }: Pick<FilePlace, 'path'>): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
