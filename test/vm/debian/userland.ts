// Debian's own systemd, udev, dbus and tools for a machine's root, from packages that are unpacked
// and never installed: no script of theirs runs.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Progress, unpackClosure } from '../debian-packages.ts';
import { partsCache, toStandardError } from '../parts.ts';
import { runTool } from '../run-tool.ts';

/** Apt finds what they depend on. */
const wantedPackages = [
  'base-files',
  'bash',
  'bsdutils', // script(1), for a terminal that can be lost
  'coreutils',
  'dash',
  'dbus',
  'diffutils',
  'e2fsprogs',
  'findutils',
  'grep',
  'kmod',
  'mount',
  'procps',
  'sed',
  'systemd',
  'systemd-sysv',
  'udev',
  'util-linux',
];

/** Of what apt found: only needed to install packages, to log in, and by their scripts. */
const unneeded =
  /^(adduser|debconf|dpkg|init-system-helpers|lib(db5|file-find|gdbm|number|pam-modules|perl|semanage|sepol|text-glob)|passwd|perl|tar|usrmerge)/;

/** Folders that Debian has merged into `/usr`, in packages that may still fill both. */
const mergedFolders = ['bin', 'sbin', 'lib', 'lib64'];

/** What nothing in the machine reads. */
const unreadFolders = [
  'usr/lib/udev/hwdb.d',
  'usr/lib/x86_64-linux-gnu/gconv',
  'usr/lib/x86_64-linux-gnu/perl-base',
  'usr/share/bash-completion',
  'usr/share/bug',
  'usr/share/doc',
  'usr/share/info',
  'usr/share/lintian',
  'usr/share/locale',
  'usr/share/man',
  'usr/share/zsh',
];

/** What a small machine does without, so that it is up soon: names below `usr/lib/systemd`. */
const unwantedUnits = [
  'system-generators/systemd-bless-boot-generator',
  'system-generators/systemd-cryptsetup-generator',
  'system-generators/systemd-debug-generator',
  'system-generators/systemd-getty-generator',
  'system-generators/systemd-gpt-auto-generator',
  'system-generators/systemd-hibernate-resume-generator',
  'system-generators/systemd-integritysetup-generator',
  'system-generators/systemd-rc-local-generator',
  'system-generators/systemd-run-generator',
  'system-generators/systemd-system-update-generator',
  'system-generators/systemd-sysv-generator',
  'system-generators/systemd-veritysetup-generator',
  'system/multi-user.target.wants/getty.target',
  'system/multi-user.target.wants/systemd-ask-password-wall.path',
  'system/multi-user.target.wants/systemd-logind.service',
  'system/multi-user.target.wants/systemd-update-utmp-runlevel.service',
  'system/multi-user.target.wants/systemd-user-sessions.service',
  'system/sockets.target.wants/systemd-initctl.socket',
  'system/sysinit.target.wants/cryptsetup.target',
  'system/sysinit.target.wants/dev-hugepages.mount',
  'system/sysinit.target.wants/dev-mqueue.mount',
  'system/sysinit.target.wants/integritysetup.target',
  'system/sysinit.target.wants/kmod-static-nodes.service',
  'system/sysinit.target.wants/proc-sys-fs-binfmt_misc.automount',
  'system/sysinit.target.wants/sys-fs-fuse-connections.mount',
  'system/sysinit.target.wants/sys-kernel-config.mount',
  'system/sysinit.target.wants/sys-kernel-debug.mount',
  'system/sysinit.target.wants/sys-kernel-tracing.mount',
  'system/sysinit.target.wants/systemd-ask-password-console.path',
  'system/sysinit.target.wants/systemd-binfmt.service',
  'system/sysinit.target.wants/systemd-boot-system-token.service',
  'system/sysinit.target.wants/systemd-firstboot.service',
  'system/sysinit.target.wants/systemd-hwdb-update.service',
  'system/sysinit.target.wants/systemd-journal-catalog-update.service',
  'system/sysinit.target.wants/systemd-journal-flush.service',
  'system/sysinit.target.wants/systemd-machine-id-commit.service',
  'system/sysinit.target.wants/systemd-modules-load.service',
  'system/sysinit.target.wants/systemd-pcrphase-sysinit.service',
  'system/sysinit.target.wants/systemd-pcrphase.service',
  'system/sysinit.target.wants/systemd-pstore.service',
  'system/sysinit.target.wants/systemd-random-seed.service',
  'system/sysinit.target.wants/systemd-repart.service',
  'system/sysinit.target.wants/systemd-sysext.service',
  'system/sysinit.target.wants/systemd-sysusers.service',
  'system/sysinit.target.wants/systemd-update-done.service',
  'system/sysinit.target.wants/systemd-update-utmp.service',
  'system/sysinit.target.wants/veritysetup.target',
];

/**
 * The folder with the unpacked packages, downloaded on the first call and found below `.cache/` on
 * later ones; delete `.cache/parts` to take newer versions. About 30 MB of downloads.
 */
export async function obtainUserland(progress: Progress = toStandardError): Promise<string> {
  const recipe = JSON.stringify([wantedPackages, String(unneeded)]);
  const key = createHash('sha256').update(recipe).digest('hex').slice(0, 16);
  const folder = join(partsCache, `debian-userland-${key}`);
  if (existsSync(folder)) return folder;
  const others = await readdir(partsCache).catch((): string[] => []);
  await unpackClosure(wantedPackages, unneeded, folder, progress);
  for (const name of others.filter(name => name.startsWith('debian-userland-'))) {
    await rm(join(partsCache, name), { recursive: true });
  }
  return folder;
}

/** Lays Debian with systemd into an empty folder: all that PID 1 needs, and nobody to log in. */
export async function layUserland(
  root: string,
  progress: Progress = toStandardError,
): Promise<void> {
  const packages = await obtainUserland(progress);
  await mkdir(root, { recursive: true });
  await runTool('cp', ['-a', '--', `${packages}/.`, root]);
  for (const name of mergedFolders) await mergeIntoUsr(root, name);
  for (const path of unreadFolders) await rm(join(root, path), { recursive: true, force: true });
  for (const path of unwantedUnits) await rm(join(root, 'usr/lib/systemd', path), { force: true });
  for (const [path, target] of Object.entries(links)) await relink(join(root, path), target);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

async function mergeIntoUsr(root: string, name: string): Promise<void> {
  const folder = join(root, name);
  if (existsSync(folder)) {
    await runTool('cp', ['-a', '--', `${folder}/.`, join(root, 'usr', name)]);
    await rm(folder, { recursive: true });
  }
  await mkdir(join(root, 'usr', name), { recursive: true });
  await symlink(`usr/${name}`, folder);
}

async function relink(path: string, target: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(target, path);
}

const links: Readonly<Record<string, string>> = {
  'usr/bin/sh': 'dash',
  'usr/lib/systemd/system/default.target': 'multi-user.target',
};

/** What the scripts of packages make, and what keeps a machine small. */
const files: Readonly<Record<string, string>> = {
  // One that is there: an empty one makes the first boot enable all that presets know.
  'etc/machine-id': '5f0c3b8e2d7a4f6c9b1e0d2a3c4b5f60\n',
  'etc/passwd': [
    'root:x:0:0:root:/root:/bin/sh',
    'messagebus:x:101:101::/nonexistent:/usr/sbin/nologin',
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    '',
  ].join('\n'),
  // udev looks up the groups of its rules, and takes long where they lack.
  'etc/group': ['root:x:0:', 'messagebus:x:101:', 'nogroup:x:65534:', 'adm:x:4:', 'shadow:x:42:']
    .concat(
      ['tty', 'disk', 'lp', 'kmem', 'dialout', 'cdrom', 'tape', 'audio', 'video', 'input', 'kvm']
        .concat(['render', 'sgx', 'floppy', 'plugdev', 'utmp', 'staff', 'users'])
        .concat(['systemd-journal', 'systemd-network', 'systemd-resolve'])
        .map((name, index) => `${name}:x:${index + 200}:`),
    )
    .concat('')
    .join('\n'),
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  'usr/lib/systemd/journald.conf.d/small.conf': '[Journal]\nStorage=volatile\nRuntimeMaxUse=8M\n',
  // The machine may have to wait for its turn: only what hangs is given up.
  'usr/lib/systemd/system.conf.d/patient.conf':
    '[Manager]\nDefaultTimeoutStartSec=10min\nDefaultTimeoutStopSec=10min\nShowStatus=no\n',
};
