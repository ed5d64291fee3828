/**
 * What udev adds to the variables of the kernel's `uevent`; names of groups end with `_`. (What the
 * kernel itself says is open-ended: each bus and each driver adds its own.)
 */
const ofUdev = [
  'COMPAT_',
  'CURRENT_TAGS',
  'DEVLINKS',
  'DEVPATH',
  'DM_',
  'ID_',
  'LIBINPUT_',
  'LVM_',
  'MD_',
  'MTP_',
  'NM_',
  'SEQNUM',
  'SUBSYSTEM',
  'SYSTEMD_',
  'TAGS',
  'UDEV_',
  'UDISKS_',
  'USEC_INITIALIZED',
  'XKB',
];

/** Whether a property of udev is one of those that the kernel's `uevent` has. */
export function isUeventVariable(key: string): boolean {
  return !ofUdev.some(name => (name.endsWith('_') ? key.startsWith(name) : key === name));
}
