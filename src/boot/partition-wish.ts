import type { LeftOnEsp } from './grub/left-on-esp.ts';
import type { BootLayout } from './layout.ts';
import type { LeftOut } from './ledger.ts';
import type { EntryKey } from './menu.ts';
import type { BootPartition } from './read-boot-partition.ts';
import type { PlacedFiles } from './wanted.ts';

/** What one partition of a target shall have. */
export interface PartitionWish {
  layout: BootLayout;
  owner: string;
  /** The loaders that use the partition, with what each wants. */
  menus: readonly PlacedFiles[];
  /** The partitions of the target: what is to go from an ESP is on one of them. */
  partitions: readonly BootPartition[];
  /** Files that a loader writes over by itself: from then on they are not what is recorded. */
  replaced: readonly string[];
  /** What else is to go of a GRUB that is given up. */
  leftOnEsp: LeftOnEsp | undefined;
  /** Generations that cannot be read: what the menu has of them is neither wanted nor removed. */
  quarantined: readonly Pick<EntryKey, 'profile' | 'number'>[];
  /** Generations that the menu does not show for lack of room. */
  leftOut: readonly LeftOut[];
  /**
   * Whether what is not wanted of a generation may go before anything is written, to make room.
   * The key is undefined for an entry of which nobody knows what it boots.
   */
  mayGoFirst: (key: EntryKey | undefined) => boolean;
}
