/**
 * A boot partition, named by its role: what the firmware starts from, what holds the entries where
 * that is another one, and what GRUB reads. Mirrors are numbered from 2 on.
 */
export type BootVolumeId = BootRole | `${BootRole}-${number}`;

/** `left`: what no loader uses any more, of which there may be several. */
export type BootRole = 'esp' | 'xbootldr' | 'boot' | 'left';

/** A file system that a transaction writes to: `root` is the one that `/` is on. */
export type VolumeId = 'root' | BootVolumeId;

export interface FilePlace {
  volume: VolumeId;
  /** Below the volume's top, without a leading slash. */
  path: string;
}

/**
 * What a file is made from: a text that is part of the plan, or a file of the store. Everybody may
 * read it unless `mode` says otherwise, on a file system that has modes.
 */
export type Content = { text: string; mode?: number } | { copyOf: string };

export interface FileDigest {
  sizeBytes: number;
  /** Hexadecimal. */
  sha256: string;
}

/** Makes a file under a name that is free, or mends one whose content is not as recorded. */
export interface CreateFile extends FilePlace, FileDigest {
  kind: 'create-file';
  content: Content;
  /** Something of that name was there before, which undoing leaves alone. */
  wasThere?: boolean;
}

/** Reads a file back and compares. */
export interface VerifyFile extends FilePlace, FileDigest {
  kind: 'verify-file';
}

/** Removes a file that is ours, with what an interrupted creation of it has left. */
export interface RemoveFile extends FilePlace {
  kind: 'remove-file';
  /** Only where it has one of these texts; any other is somebody's, and stays. */
  insteadOf?: readonly string[];
}

export interface MakeFolder extends FilePlace {
  kind: 'make-folder';
}

/**
 * Moves the default: one sector, in place, which FAT can do atomically. A text that is neither
 * of both stays: somebody has changed the file since.
 */
export interface OverwriteSector extends FilePlace {
  kind: 'overwrite-sector';
  /** 512 ASCII characters each. */
  before: string;
  after: string;
}

/** Makes a file of at most one sector, which somebody else wrote, into one of exactly a sector. */
export interface TakeOverSector extends FilePlace {
  kind: 'take-over-sector';
  /** At most 512 bytes; undefined where there is no such file yet. */
  before: string | undefined;
  after: string;
}

/** Gives a taken-over file its old text back. Only ever an inverse. */
export interface RestoreText extends FilePlace {
  kind: 'restore-text';
  text: string;
  /** The texts that taking it over went through; any other is somebody's, and stays. */
  insteadOf: readonly string[];
}

/**
 * Exchanges a file that has to keep its name, on a file system that cannot replace atomically:
 * for a moment nothing has the name. Only for files that have a twin (`loader install`).
 */
export interface ExchangeFile extends FilePlace, FileDigest {
  kind: 'exchange-file';
  content: Content;
}

/** Records which files of a volume are ours; see ledger-slots.ts. */
export interface WriteLedger {
  kind: 'write-ledger';
  volume: VolumeId;
  /** The folder of the two copies. */
  folder: string;
  before: string | undefined;
  after: string;
}

/** Replaces a file of the root file system, atomically. Not taken back: numbers given stay given. */
export interface WriteState {
  kind: 'write-state';
  path: string;
  after: string;
}

export interface MakeLink {
  kind: 'make-link';
  /** Below `/`, without the leading slash, as in all places of `root`. */
  path: string;
  target: string;
  mtimeSeconds: number;
}

/** A link that leads to neither of both stays: somebody has moved it since. */
export interface SwapLink {
  kind: 'swap-link';
  path: string;
  before: string | undefined;
  after: string;
}

export interface RemoveLink {
  kind: 'remove-link';
  path: string;
  target: string;
}

/** What becomes of files that are in the way and for which the declaration says `refuse`. */
export type ConflictAnswer = 'refuse' | 'backup';

/** Applies a system's `/etc`; its inverse is the activation of the system before, if any. */
export interface Activate {
  kind: 'activate';
  system: string;
  previous: string | undefined;
  /** As at boot, a backup, without it. An inverse never has it: it must not be refused. */
  conflicts?: ConflictAnswer;
}

/** Compares `/etc` with what a system's manifest says, but for paths that are known to differ. */
export interface VerifyEtc {
  kind: 'verify-etc';
  system: string;
  /** Below /etc: files of the user's that stay or have come back. */
  except: readonly string[];
}

/** A run of a unit, told from all others by what systemd calls its invocation. */
export interface UnitRun {
  unit: string;
  /** Undefined where any run is meant. */
  invocationId: string | undefined;
}

/** Stops runs of units before `/etc` changes, while the definition that they run by is in place. */
export interface StopUnits {
  kind: 'stop-units';
  runs: readonly UnitRun[];
}

/**
 * Lets the service manager follow the `/etc` that was applied. Runs that have ended since are not
 * ended again, so that it can be done twice. A unit that fails is said; the transaction goes on.
 */
export interface SwitchUnits {
  kind: 'switch-units';
  /** Runs that stop-units has ended; taking this back starts them. */
  stopped: readonly UnitRun[];
  reload: readonly string[];
  restart: readonly UnitRun[];
  /** Not running when the plan was made, or stopped by it. */
  start: readonly string[];
  /** Made before units start; journals of older versions lack it. */
  provide?: readonly Provision[];
  /** Enabled or disabled by what the presets say now. */
  preset: readonly string[];
  /** Whether the service manager executes itself anew. */
  reexecute: boolean;
}

/** Accounts or files that files of `/etc` declare, and the program that makes them. */
export interface Provision {
  program: 'systemd-sysusers' | 'systemd-tmpfiles';
  /** Absolute. */
  files: readonly string[];
}

/** Only ever an inverse, when `/etc` is as before: units run by their old definitions again. */
export interface RestoreUnits {
  kind: 'restore-units';
  /** Runs as they were; one that is still the same is left alone. */
  runs: readonly UnitRun[];
  reload: readonly string[];
  preset: readonly string[];
  /** Whether the service manager executes itself anew: the program that it was is there again. */
  reexecute: boolean;
}

/** Takes a system's `/etc` away again, as if none had been applied: the inverse of the first one. */
export interface WithdrawActivation {
  kind: 'withdraw-activation';
  system: string;
}

/** Removes an EFI variable that would override what the menu's default says. */
export interface ClearEfiVariable {
  kind: 'clear-efi-variable';
  name: string;
  before: string;
}

/** Lets `bootctl` install or update systemd-boot and its EFI variables. */
export interface RunBootctl {
  kind: 'run-bootctl';
  /** The ESP that it works on. */
  volume: BootVolumeId;
  args: readonly string[];
}

/**
 * Lets `grub-install` put GRUB's programs and modules in place: once for each kind of firmware and
 * each disk. One that fails does not keep the others from being done.
 */
export interface RunGrubInstall {
  kind: 'run-grub-install';
  /** The boot partition that it works on. */
  volume: BootVolumeId;
  runs: readonly GrubInstallRun[];
  /** What it puts onto that partition, as far as that can be told before. */
  sizeBytes: number;
  fileCount: number;
  /** What it adds to an ESP. */
  esp?: { volume: BootVolumeId; sizeBytes: number; fileCount: number };
}

export interface GrubInstallRun {
  args: readonly string[];
  /**
   * What `grub-bios-setup` is called with once the files are durable: the disk starts them from then
   * on. Journals of older versions lack it, and so do runs for UEFI.
   */
  setup?: readonly string[];
  /** What it is for, in messages: `/dev/sda`, `the ESP at /boot/efi`. */
  device: string;
  /**
   * Where it is assembled in a folder `grub-install` could not tell what the folder will be on. Then
   * `args` are for `grub-mkimage`, and this is done before.
   */
  assembly?: GrubAssembly;
}

/** What `grub-mkimage` needs, and what the image that it makes needs. Paths of the host. */
export interface GrubAssembly {
  /** Where the distribution has its modules, and where the image will load them from. */
  modules: { from: string; to: string };
  /** The font is copied from there, and to there. */
  font?: { from: string; to: string };
  /** What the image does first, in the language of GRUB's rescue shell; and where that is laid. */
  config: { path: string; text: string };
  /** The image. */
  output: string;
}

/** Lets an entry of the firmware's own menu start another program of the same ESP: one write, atomic. */
export interface PointLoadOption {
  kind: 'point-load-option';
  /** The ESP. */
  volume: BootVolumeId;
  /** Four hexadecimal digits: `0003` for Boot0003. */
  number: string;
  description: string;
  /** Below the top of the ESP. An entry that starts neither of both stays as it is. */
  before: string;
  after: string;
}

/** Deletes an entry of the firmware's own menu that starts a program which is to go. */
export interface DeleteLoadOption {
  kind: 'delete-load-option';
  volume: BootVolumeId;
  number: string;
  /** What it starts, below the top of the ESP; one that starts something else by now stays. */
  path: string;
}

/** Writes GRUB's environment block, in place: GRUB writes its blocks without asking a file system. */
export interface WriteGrubEnvironment extends FilePlace {
  kind: 'write-grub-environment';
  /** 1024 bytes each; a text that is neither of both stays. */
  before: string;
  after: string;
}

/** Removes a folder of ours with all that is in it. Only ever behind the point of no return. */
export interface RemoveTree extends FilePlace {
  kind: 'remove-tree';
}

/** Sets an EFI variable of the boot loader interface. */
export interface SetEfiVariable {
  kind: 'set-efi-variable';
  name: string;
  before: string | undefined;
  after: string;
}

/**
 * Deletes what no root of the store reaches. What that is, is found out when it is done: what has
 * become somebody's since the plan was made stays.
 */
export interface CollectGarbage {
  kind: 'collect-garbage';
  /** To be deleted by this plan, as far as was known when it was made. */
  storePathCount: number;
  sizeBytes: number;
  /** It ends once so much is freed. */
  maxFreedBytes?: number;
}

/** Makes all that was written to a volume durable. */
export interface SyncVolume {
  kind: 'sync-volume';
  volume: VolumeId;
}

/** The point of no return of a transaction that moves no default and no link. */
export interface MarkCommitted {
  kind: 'mark-committed';
}

export type Step =
  | CreateFile
  | VerifyFile
  | RemoveFile
  | MakeFolder
  | OverwriteSector
  | TakeOverSector
  | RestoreText
  | ExchangeFile
  | WriteLedger
  | WriteState
  | MakeLink
  | SwapLink
  | RemoveLink
  | Activate
  | WithdrawActivation
  | VerifyEtc
  | StopUnits
  | SwitchUnits
  | RestoreUnits
  | ClearEfiVariable
  | SetEfiVariable
  | RunBootctl
  | RunGrubInstall
  | PointLoadOption
  | DeleteLoadOption
  | WriteGrubEnvironment
  | RemoveTree
  | CollectGarbage
  | SyncVolume
  | MarkCommitted;

export type StepKind = Step['kind'];
export type StepOf<Kind extends StepKind> = Extract<Step, { kind: Kind }>;
