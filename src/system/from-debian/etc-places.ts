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
const usualHosts: ReadonlySet<string> = new Set([
  'localhost',
  'ip6-localhost',
  'ip6-loopback',
  'ip6-localnet',
  'ip6-mcastprefix',
  'ip6-allnodes',
  'ip6-allrouters',
  'ip6-allhosts',
]);

/**
 * Whether `/etc/hosts` says more than what is made of the machine's name: other hosts, or the domain
 * that it is in. Pure.
 */
export function namesMoreHosts(text: string, hostName: string | undefined): boolean {
  return text.split('\n').some(line => {
    const [, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    return names.some(name => name !== hostName && !usualHosts.has(name));
  });
}
