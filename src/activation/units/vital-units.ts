import { instanceOf, prefixOf, typeOf } from './unit-name.ts';

const openConnection = 'it serves a connection that is open';
const ownTerminal = 'the session on its terminal would end';
const graphical = 'graphical sessions would end';
const ownUser = 'the sessions of its user would end';
const bus = 'everything that talks over D-Bus would lose its connection';

/** Services that hold what people work in, and what they would lose; `getty@` is any instance. */
const vitalServices = new Map([
  ['autovt@', ownTerminal],
  ['console-getty', ownTerminal],
  ['container-getty@', ownTerminal],
  ['dbus', bus],
  ['dbus-broker', bus],
  ['debug-shell', ownTerminal],
  ['display-manager', graphical],
  ['elogind', 'sessions would lose their devices'],
  ['emergency', ownTerminal],
  ['gdm', graphical],
  ['gdm3', graphical],
  ['getty@', ownTerminal],
  ['greetd', graphical],
  ['lightdm', graphical],
  ['lxdm', graphical],
  ['ly', graphical],
  ['nodm', graphical],
  ['rescue', ownTerminal],
  ['sddm', graphical],
  ['serial-getty@', ownTerminal],
  ['slim', graphical],
  ['ssh@', openConnection],
  ['sshd@', openConnection],
  ['systemd-logind', 'sessions would lose their devices'],
  ['systemd-user-sessions', 'nobody could log in meanwhile'],
  ['user@', ownUser],
  ['user-runtime-dir@', ownUser],
  ['wdm', graphical],
  ['xdm', graphical],
]);

/**
 * Services without which there is no network or no log: they are never away for longer than it
 * takes to start again, and keep the file descriptors that systemd holds for them meanwhile.
 */
const quickServices = new Set([
  'NetworkManager',
  'connman',
  'dhcpcd',
  'dhcpcd@',
  'ifup@',
  'iwd',
  'networking',
  'ssh',
  'sshd',
  'systemd-journald',
  'systemd-networkd',
  'systemd-resolved',
  'systemd-udevd',
  'wpa_supplicant',
  'wpa_supplicant@',
]);

/** File systems that genctl, systemd or the programs of both run from. */
const fixedMounts = new Set([
  '-.mount',
  'etc.mount',
  'nix.mount',
  'nix-store.mount',
  'usr.mount',
  'var.mount',
]);

/** Why a unit is not to be ended while a machine runs: one clause; undefined for most. */
export function whyVital(unit: string): string | undefined {
  if (unit === 'dbus.socket') return bus;
  return typeOf(unit) === 'service' ? vitalServices.get(serviceOf(unit)) : undefined;
}

/** Whether a service is restarted in one go rather than away while `/etc` changes. */
export function isQuick(unit: string): boolean {
  return typeOf(unit) === 'service' && quickServices.has(serviceOf(unit));
}

/** Whether this is a file system that cannot be taken off a running machine. */
export function isFixedMount(unit: string): boolean {
  return fixedMounts.has(unit);
}

function serviceOf(unit: string): string {
  return instanceOf(unit) === undefined ? prefixOf(unit) : `${prefixOf(unit)}@`;
}
