import { exitCodes, GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import { isFatName, readMounts } from '../host/mounts.ts';
import type { Root } from '../host/root.ts';
import { writeResult } from '../host/terminal.ts';
import { renderStarter, type StarterFacts } from '../system/starter.ts';
import type { Command } from './context.ts';

/** `genctl init`: a starter declaration and hardware module for this machine. */
export const init: Command<object> = async ({ root, config, dryRun, json }) => {
  const files = renderStarter(readStarterFacts(root));
  const path = (name: string): string => `${root.onHost(config)}/${name}`;
  if (root.stat(`${config}/system.conf`) !== undefined) {
    throw new GenctlError('DECLARATION_EXISTS', `${path('system.conf')} is there already`, {
      hint: 'Edit it, or move it away to get a fresh one.',
    });
  }
  if (!dryRun) {
    using folder = root.folderOrMake(config);
    using etc = folder.openOrMake('etc');
    etc.sync();
    // system.conf comes last: with it the declaration is complete.
    for (const [name, text] of files) if (folder.stat(name) === undefined) put(folder, name, text);
    folder.sync();
  }
  const names = files.map(([name]) => path(name));
  if (json) writeResult(`${JSON.stringify({ files: names, written: !dryRun })}\n`);
  else if (dryRun)
    writeResult(files.map(([name, text]) => `--- ${path(name)}\n${text}`).join('\n'));
  else {
    writeResult(
      `wrote ${names.join(' and ')}\nnext: look through them, \`genctl loader install\` once, then \`genctl switch\`\n`,
    );
  }
  return exitCodes.done;
};

function put(folder: Folder, name: string, text: string): void {
  const partial = `${name}.part`;
  folder.removeTree(partial);
  folder.createFile(partial, Buffer.from(text));
  folder.rename(partial, name);
}

/** What the machine shows without a probe: what it has booted with is what boots. */
function readStarterFacts(root: Root): StarterFacts {
  const hostName = root.readFileIfThere('/etc/hostname', 4096)?.toString('utf8').trim();
  const commandLine = root.isLive ? root.readFile('/proc/cmdline').toString('latin1') : '';
  const mounts = root.isLive ? readMounts() : [];
  const esp = ['/efi', '/boot/efi', '/boot'].find(place =>
    mounts.some(mount => mount.mountPoint === place && isFatName(mount.fileSystem)),
  );
  return {
    hostName: hostName === undefined || hostName === '' ? 'machine' : hostName,
    kernel: '/boot/vmlinuz-*',
    initrd: '/boot/initrd.img-*',
    kernelParams: commandLine.trim().split(/\s+/).filter(isKept),
    efiSysMountPoint: esp ?? '/boot',
  };
}

/** Boot loaders add some parameters, which say how it was booted and not how it shall be. */
function isKept(parameter: string): boolean {
  return parameter !== '' && !/^(BOOT_IMAGE|initrd|init)=/.test(parameter);
}
