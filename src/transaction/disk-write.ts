import type {
  Activate,
  Content,
  FileDigest,
  FilePlace,
  PointLoadOption,
  RestoreUnits,
  RunGrubInstall,
  StopUnits,
  SwitchUnits,
  VerifyEtc,
  VolumeId,
} from './step.ts';

/**
 * One thing that a file system does, or that is done outside of it. Steps are lowered to these,
 * and both the real executor and the simulation carry out just these, so what is simulated is
 * what is done.
 */
export type DiskWrite =
  | ({ do: 'make-folder' } & FilePlace)
  /** Fails where the name is taken; the content is durable afterwards, the name is not. */
  | ({ do: 'create'; content: Content; digest: FileDigest } & FilePlace)
  /** To a name that must be free: FAT cannot replace atomically. */
  | ({ do: 'rename'; to: string } & FilePlace)
  | ({ do: 'make-link'; target: string; mtimeSeconds: number | undefined } & FilePlace)
  /** Atomic; only where the file system can do that. */
  | ({ do: 'rename-over'; to: string } & FilePlace)
  /** Over the first bytes, in place and durable; what is behind them stays. Atomic for one sector. */
  | ({ do: 'overwrite'; text: string } & FilePlace)
  /** Another content, in place and durable; not atomic. */
  | ({ do: 'rewrite'; text: string } & FilePlace)
  | ({ do: 'unlink' } & FilePlace)
  /** A folder with all that is in it; not atomic. */
  | ({ do: 'remove-tree' } & FilePlace)
  | ({ do: 'sync-folder' } & FilePlace)
  | { do: 'sync-volume'; volume: VolumeId }
  | ({ do: 'verify'; digest: FileDigest } & FilePlace)
  | { do: 'activate'; step: Activate }
  | { do: 'withdraw-activation'; system: string }
  | { do: 'verify-etc'; step: VerifyEtc }
  | { do: 'stop-units'; step: StopUnits }
  | { do: 'switch-units'; step: SwitchUnits }
  | { do: 'restore-units'; step: RestoreUnits }
  | { do: 'clear-efi-variable'; name: string }
  | { do: 'set-efi-variable'; name: string; text: string }
  | { do: 'run-bootctl'; args: readonly string[] }
  | { do: 'run-grub-install'; step: RunGrubInstall }
  | { do: 'point-load-option'; step: PointLoadOption }
  | { do: 'delete-load-option'; number: string }
  | { do: 'collect-garbage'; maxFreedBytes: number | undefined }
  | { do: 'mark-committed' };

/** What lowering has to know of the disks as they are now. */
export interface DiskView {
  /** Size and hash of a file; undefined where there is none. */
  digest(place: FilePlace): FileDigest | undefined;
  /** The text of a small file; undefined where there is none. */
  text(place: FilePlace): string | undefined;
  /** Where a link leads; undefined where there is no link. */
  linkTarget(place: FilePlace): string | undefined;
  /** Whether anything has this name. */
  exists(place: FilePlace): boolean;
  /** The text of a variable of the boot loader interface; undefined where it is not set. */
  efiVariable(name: string): string | undefined;
  /**
   * What an entry of the firmware's menu starts, below the top of its partition; undefined where
   * there is none of that number.
   */
  loadOptionPath(number: string): string | undefined;
  /** Whether the journal says that the point of no return is passed. */
  isMarkedCommitted(): boolean;
}
