/** What the declaration says of GRUB. Plain data: it is recorded, so that a rollback needs no declaration. */
export interface GrubSettings {
  /**
   * Whether it is installed for UEFI; where not said, if a place has an ESP and the machine has been
   * started by UEFI. For a BIOS it is where a place has `devices`.
   */
  efiSupport: boolean | undefined;
  /** To the path that firmware starts without a boot entry; NVRAM is left alone then. */
  efiInstallAsRemovable: boolean;
  /** Whether a boot entry may be made in the firmware. */
  canTouchEfiVariables: boolean;
  /** The folder of the ESP, below `EFI/`, and the name of the firmware's boot entry. */
  efiBootloaderId: string;
  /** Also where grub-install warns that it is unreliable (block lists). */
  forceInstall: boolean;
  /** How a file system is found: `provided` takes the device as `[fileSystems]` names it. */
  fsIdentifier: 'uuid' | 'label' | 'provided';
  /** Kernels are copied even where GRUB could read the store. */
  copyKernels: boolean;
  /** Whether GRUB may be asked to open encrypted devices. */
  enableCryptodisk: boolean;
  /** `saved`: what was picked last boots, until a verb chooses another default. */
  default: 'declared' | 'saved';
  timeoutStyle: 'menu' | 'countdown' | 'hidden';
  /** GRUB's `terminal_input` and `terminal_output`: `console`, `serial`, `gfxterm`. */
  terminalInput: readonly string[];
  terminalOutput: readonly string[];
  /** The words behind GRUB's `serial` command: `--unit=0 --speed=115200`. */
  serial: string | undefined;
  gfxmode: string | undefined;
  gfxpayload: string | undefined;
  /** Logical paths of files; a theme's is that of its `theme.txt`. */
  font: string | undefined;
  splashImage: string | undefined;
  backgroundColor: string | undefined;
  theme: string | undefined;
  /** Who may edit entries and use the command line, by name. */
  users: readonly GrubUser[];
  /** Whether entries boot without a password. Where there are no users, they always do. */
  unrestricted: boolean;
  /** Text of GRUB's language as it is: before the menu, before our entries, after them. */
  extraConfig: string;
  extraEntriesBefore: string;
  extraEntries: string;
  /** Whether what os-prober has found last is in the menu. */
  useOSProber: boolean;
}

export interface GrubUser {
  name: string;
  /** `grub.pbkdf2.sha512.ROUNDS.SALT.HASH`, or the logical path of a file that holds it. */
  password: { hashed: string } | { file: string };
}
