import type { OptionName, SectionName, Values } from './option-table.ts';
import type { Origin } from './problem.ts';

/** The values of a section that there is once for each name, by name, in order. Without a prototype. */
export type ValuesByName<S extends SectionName> = Readonly<Record<string, Values<S>>>;

/**
 * What one system is to be: every option with its value, defaults filled in. Plain data that can
 * be written as JSON; nothing in it depends on where it was declared, relative paths apart.
 */
export interface Configuration {
  readonly system: Values<'system'>;
  readonly environment: Values<'environment'>;
  readonly networking: Values<'networking'>;
  readonly boot: Values<'boot'> & {
    readonly loader: Values<'boot.loader'> & {
      readonly efi: Values<'boot.loader.efi'>;
      readonly grub: Values<'boot.loader.grub'> & {
        /** By name. */
        readonly users: ValuesByName<'boot.loader.grub.users'>;
        /** By the path of the folder that GRUB reads. */
        readonly mirroredBoots: ValuesByName<'boot.loader.grub.mirroredBoots'>;
      };
    };
    readonly initrd: Values<'boot.initrd'> & {
      /** By the name of the opened device below /dev/mapper. */
      readonly luks: { readonly devices: ValuesByName<'boot.initrd.luks.devices'> };
      readonly services: {
        readonly bcache: Values<'boot.initrd.services.bcache'>;
        readonly lvm: Values<'boot.initrd.services.lvm'>;
      };
    };
    readonly swraid: Values<'boot.swraid'>;
  };
  readonly gc: Values<'gc'>;
  /** By name. */
  readonly users: { readonly users: ValuesByName<'users.users'> };
  readonly activation: Values<'activation'>;
  /** By path below /etc: how it shall be there, where that is not as the file in `etc/` is. */
  readonly etc: ValuesByName<'etc'>;
  /** By mount point. */
  readonly fileSystems: ValuesByName<'fileSystems'>;
  /** By device. */
  readonly swapDevices: ValuesByName<'swapDevices'>;
  readonly zramSwap: Values<'zramSwap'>;
  readonly nixpkgs: Values<'nixpkgs'>;
}

/** Which of several things an origin is asked of. */
export interface OriginQuery {
  /** The specialisation whose configuration is meant; the machine's own if left out. */
  readonly specialisation?: string | undefined;
  /** The item of a list, counted from 0; the first if left out. */
  readonly item?: number | undefined;
  /** For `etc.mode` and the like: what stands in the quotes of the section's header. */
  readonly subject?: string | undefined;
}

/** A declaration, read and resolved, frozen throughout. */
export interface Declaration extends Configuration {
  /** Whole configurations, each merged with the one above, by name. Without a prototype. */
  readonly specialisations: Readonly<Record<string, Configuration>>;
  /** The files that were read, as paths on the host. For messages: they are no part of a system. */
  readonly files: readonly string[];
  /** Where a value was declared; undefined where it is a default. */
  origin(option: OptionName, query?: OriginQuery): Origin | undefined;
}
