import type { JsonFields } from '../../json-fields.ts';

/** A device of a report, and where it is. */
export interface FacterDevice {
  /** The report's own class: `disk`, `keyboard`, `network_interface`. */
  readonly category: string;
  readonly fields: JsonFields;
  /** Below /sys: where the device is, or what it is used through (`/class/block/sda`). */
  readonly place: string;
  /** What a disk or an interface hangs on. */
  readonly device: string | undefined;
}
