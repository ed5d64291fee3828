/** What becomes of a file in /etc that no package has brought. */
export type EtcPlace =
  /** It is configuration that somebody wrote: copied. */
  | 'configuration'
  /** It belongs to this machine alone. */
  | 'state'
  /** Programs make it, from what is declared or else anew. */
  | 'made'
  | 'other';

/** Patterns of paths below /etc; the first one that fits decides. */
const places: readonly (readonly [EtcPlace, RegExp])[] = [
  ['made', /(?:~|\.bak|\.swp|\.(?:dpkg|ucf)-[a-z]+)$/],
  ['state', /^ssh\/ssh_host_|^machine-id$|^(?:adjtime|resolv\.conf)$/],
  ['made', /^(?:passwd|group|shadow|gshadow|subuid|subgid)-$|^\.pwd\.lock$/],
  ['state', /^(?:passwd|group|shadow|gshadow|subuid|subgid)$/],
  ['state', /^(?:NetworkManager\/system-connections|letsencrypt|ssl\/private|wireguard)\//],
  ['made', /^(?:fstab|crypttab|hostname|mtab|os-release|rmt)$/],
  ['made', /^(?:genctl|static|alternatives|apt|rc[0-6S]\.d|ssl\/certs|ca-certificates)(?:\/|$)/],
  ['made', /^(?:\.genctl|kernel|initramfs-tools|initramfs|dracut|grub\.d|console-setup)(?:\/|$)/],
  ['made', /^(?:ld\.so\.cache|mailcap|ca-certificates\.conf|locale\.gen|papersize|shells)$/],
  ['made', /^(?:default\/grub|environment$|inputrc$|pam\.d\/common-|udev\/hwdb\.bin|init\.d\/\.)/],
  ['made', /^(?:python3[^/]*|perl|java-[^/]*|xml|sgml|emacs|fonts|X11|dictionaries-common)\//],
  ['made', /^(?:dpkg\/origins\/default|vulkan|apparmor\.d\/(?:local|cache)|polkit-1)(?:\/|$)/],
  ['made', /^systemd\/system\/genctl-/],
  ['configuration', /^systemd\//],
  ['configuration', /^(?:network|netplan|sysctl\.d|modprobe\.d|modules-load\.d)\//],
  ['configuration', /^(?:udev\/rules\.d|udev\/hwdb\.d|tmpfiles\.d|sysusers\.d|binfmt\.d)\//],
  ['configuration', /^(?:cron\.(?:d|hourly|daily|weekly|monthly)|logrotate\.d|profile\.d)\//],
  ['configuration', /^(?:sudoers\.d|ssh\/sshd?_config\.d|security\/limits\.d|nftables\.d)\//],
  ['configuration', /^(?:default\/(?:locale|keyboard)|locale\.conf|vconsole\.conf)$/],
  ['configuration', /^(?:timezone|localtime|modules|hosts|hosts\.(?:allow|deny)|motd)$/],
];

/** Pure. @param path below /etc */
export function placeInEtc(path: string): EtcPlace {
  return places.find(([, pattern]) => pattern.test(path))?.[0] ?? 'other';
}

/** What Debian's installer and genctl write into `/etc/hosts`, apart from the machine's own name. */
const usualHosts = new Set([
  '127.0.0.1',
  '127.0.1.1',
  '::1',
  'fe00::0',
  'ff00::0',
  'ff02::1',
  'ff02::2',
]);

/** Whether `/etc/hosts` names machines besides this one. Pure. */
export function namesOtherHosts(text: string): boolean {
  return text.split('\n').some(line => {
    const [address = ''] = line.replace(/#.*/, '').trim().split(/\s+/);
    return address !== '' && !usualHosts.has(address);
  });
}
