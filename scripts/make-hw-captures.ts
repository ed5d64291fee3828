// Boots the machines that hardware captures are made of; started by scripts/make-hw-captures.
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { captureMachine, captureMachines } from '../test/vm/hardware/capture-machines.ts';
import { captureOf } from '../test/vm/hardware/capture-of.ts';
import { obtainCaptureParts } from '../test/vm/hardware/capture-parts.ts';

const fixtures = 'hw-fixtures';

/** Depmod's files that say which module a device asks for and what that module needs. */
const moduleFiles = [
  'modules.alias',
  'modules.builtin',
  'modules.builtin.modinfo',
  'modules.dep',
  'modules.softdep',
];

async function copyModuleFiles(): Promise<void> {
  const { modules, kernelVersion } = await obtainCaptureParts();
  const target = join(fixtures, 'kernel/lib/modules', kernelVersion);
  await mkdir(target, { recursive: true });
  for (const name of moduleFiles) await copyFile(join(modules, name), join(target, name));
}

/** Whole or not at all, with neither a time nor a name in the gzip header. */
async function makeCapture(name: string): Promise<string> {
  const began = Date.now();
  const capture = gzipSync(gunzipSync(await captureOf(name)), { level: 9 });
  const folder = join(fixtures, name);
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'capture.tar.gz');
  await writeFile(`${path}.part`, capture);
  await rename(`${path}.part`, path);
  const seconds = Math.round((Date.now() - began) / 1000);
  return `${name}: ${Math.ceil(capture.length / 1024)} KiB in ${seconds} s`;
}

const chosen = process.argv.slice(2);
const machines = chosen.length > 0 ? chosen.map(captureMachine) : captureMachines;
await copyModuleFiles();
let failures = 0;
for (const { name } of machines) {
  try {
    process.stdout.write(`${await makeCapture(name)}\n`);
  } catch (error) {
    failures += 1;
    process.stderr.write(
      `${name}: failed: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
}
process.stdout.write(`make-hw-captures: ${machines.length - failures} made, ${failures} failed\n`);
process.exitCode = failures > 0 ? 1 : 0;
