// A root file system with nothing but busybox, for a machine whose `/etc` genctl manages.
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildInitrd } from './initrd.ts';
import type { Parts } from './parts.ts';
import { runTool } from './run-tool.ts';

const folders = [
  'boot/EFI',
  'boot-parts',
  'dev',
  'etc/genctl',
  'home',
  'nix/store',
  'proc',
  'root',
  'run',
  'sbin',
  'sys',
  'tmp',
  'var',
];

const initScript = fileURLToPath(new URL('guest/sbin-init.sh', import.meta.url));

/**
 * Lays a bootable machine's root into an empty folder: busybox with a link for each of its
 * applets, an init that reports facts and powers off, kernel and initrd in `/boot-parts`, the
 * boot loader where Debian has it. `/boot`, the ESP, has its EFI folder and nothing else.
 * `moreModules` are in the initrd as well.
 */
export async function layRootTree(
  root: string,
  parts: Parts,
  moreModules: readonly string[] = [],
): Promise<void> {
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await layBusybox(root, parts.busybox);
  await copyFile(initScript, join(root, 'sbin/init'));
  await chmod(join(root, 'sbin/init'), 0o755);
  await layBootParts(root, parts, moreModules);
}

/** Kernel and initrd into `/boot-parts`, the boot loader to where Debian has it. */
export async function layBootParts(
  root: string,
  parts: Parts,
  moreModules: readonly string[] = [],
): Promise<void> {
  await mkdir(join(root, 'boot-parts'), { recursive: true });
  await copyFile(parts.kernel, join(root, `boot-parts/vmlinuz-${parts.kernelVersion}`));
  const initrd = join(root, `boot-parts/initrd.img-${parts.kernelVersion}`);
  await writeFile(initrd, await buildInitrd(parts, moreModules));
  const loader = join(root, 'usr/lib/systemd/boot/efi/systemd-bootx64.efi');
  await mkdir(dirname(loader), { recursive: true });
  await copyFile(parts.systemdBoot, loader);
}

async function layBusybox(root: string, busybox: string): Promise<void> {
  await mkdir(join(root, 'bin'), { recursive: true });
  await copyFile(busybox, join(root, 'bin/busybox'));
  await chmod(join(root, 'bin/busybox'), 0o755);
  const applets = (await runTool(busybox, ['--list-full'])).split('\n').filter(Boolean);
  for (const applet of applets) {
    if (['bin/busybox', 'sbin/init', 'linuxrc'].includes(applet)) continue;
    await mkdir(join(root, dirname(applet)), { recursive: true });
    await symlink('/bin/busybox', join(root, applet));
  }
}
