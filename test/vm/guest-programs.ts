// Puts programs of this machine into a test machine's root, with the libraries they are linked to.
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runTool } from './run-tool.ts';
import { genctlExecutable } from './sandbox-machine.ts';

/** Lays Node and genctl into the root, so that genctl runs inside the machine as `genctl`. */
export async function layGenctl(root: string): Promise<void> {
  await layProgram(root, process.execPath, '/usr/bin/node');
  await place(root, genctlExecutable, '/usr/bin/genctl', 0o755);
}

async function layProgram(root: string, source: string, target: string): Promise<void> {
  await place(root, source, target, 0o755);
  const listing = await runTool('ldd', [source]);
  for (const [, library] of listing.matchAll(/(\/\S+) \(0x/g)) {
    if (library !== undefined) await place(root, library, library, 0o755);
  }
}

async function place(root: string, source: string, target: string, mode: number): Promise<void> {
  const path = join(root, target);
  await mkdir(dirname(path), { recursive: true });
  await copyFile(source, path);
  await chmod(path, mode);
}
