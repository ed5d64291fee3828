// Debian as its own tools install it: what genctl is put on, before it manages anything.
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { realPackages, suite } from '../../packages/real-packages.ts';
import { shareFile } from '../../packages/share-file.ts';
import { partsCache } from '../parts.ts';
import { runTool } from '../run-tool.ts';
import { makeWorkFolder } from '../work-folder.ts';

/** What its owner has asked for. */
const wanted = [
  'ca-certificates',
  'cron',
  'dbus',
  'initramfs-tools',
  'kmod',
  'less',
  'libcap2-bin',
  'linux-image-cloud-amd64',
  'logrotate',
  'openssh-server',
  'procps',
  'sudo',
  'systemd-boot',
  'systemd-sysv',
  'udev',
  'usr-is-merged',
];

/** Removed again, but not purged: its files in /etc stay. */
const removed = 'logrotate';

/**
 * Lays it into an empty folder. It is installed on the first call and found below `.cache/` on later
 * ones: packages, and an initrd of initramfs-tools, but no account besides Debian's own.
 */
export async function layPlainDebian(root: string): Promise<void> {
  const archive = await obtainPlainDebian();
  await mkdir(root, { recursive: true });
  await runTool('tar', ['--extract', '--xattrs', '--numeric-owner', '-C', root, '-f', archive]);
}

async function obtainPlainDebian(): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify([suite, wanted, removed]))
    .digest('hex');
  const archive = join(partsCache, `plain-debian-${key.slice(0, 16)}.tar`);
  if (existsSync(archive)) return archive;
  const others = await readdir(partsCache).catch((): string[] => []);
  await using work = await makeWorkFolder('plain-debian');
  // apt reads packages as a user of its own.
  await chmod(work.path, 0o755);
  const repository = join(work.path, 'repository');
  await publish(repository);
  const draft = `${archive}.${process.pid}`;
  const options = [
    '--quiet',
    '--mode=root',
    '--format=tar',
    '--variant=apt',
    '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
    '--dpkgopt=force-unsafe-io',
    `--include=${wanted.join(',')}`,
    `--customize-hook=chroot "$1" dpkg --remove ${removed}`,
    // It names a folder that goes.
    '--customize-hook=rm "$1/etc/apt/sources.list"',
  ];
  const source = `deb [trusted=yes] copy:${repository} ./`;
  await mkdir(partsCache, { recursive: true });
  await runTool('mmdebstrap', [...options, suite, draft, source]);
  await rename(draft, archive);
  for (const name of others.filter(name => name.startsWith('plain-debian-'))) {
    await rm(join(partsCache, name));
  }
  return archive;
}

/** Makes a folder that apt installs from: the packages, what they need, and a list of them. */
async function publish(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const stanzas = (await realPackages([...wanted, 'apt'])).map(({ path, sha256, control }) => {
    const name = basename(path);
    shareFile(path, join(folder, name));
    return `${control}Filename: ./${name}\nSize: ${statSync(path).size}\nSHA256: ${sha256}\n`;
  });
  await writeFile(join(folder, 'Packages'), stanzas.join('\n'));
  await writeFile(join(folder, 'Release'), `Suite: ${suite}\nCodename: ${suite}\n`);
}
