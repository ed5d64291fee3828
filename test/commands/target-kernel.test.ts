import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kernelIn, kernelToBoot } from '../../src/commands/machine/target-kernel.ts';
import { Root } from '../../src/host/root.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-kernels-'));
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));

/** A root with kernels of these releases. */
function rootWith(name: string, ...releases: readonly string[]): Root {
  const folder = path.join(scratch, name);
  fs.mkdirSync(folder);
  for (const release of releases) {
    const modules = path.join(folder, 'lib/modules', release);
    fs.mkdirSync(modules, { recursive: true });
    fs.writeFileSync(path.join(modules, 'modules.dep'), 'kernel/x.ko:\n');
  }
  return new Root(folder);
}

async function chosen(root: Root, running: string | null): Promise<string | undefined> {
  const kernel = await kernelToBoot(root, '/etc/genctl', running);
  return kernel === undefined ? undefined : `${kernel.release} ${kernel.role}`;
}

test('the kernel that an installation has is the one that will boot', async () => {
  using root = rootWith('installed', '6.1.0-9-amd64', '6.1.0-49-amd64');
  assert.is(await chosen(root, '1.0-of-the-installer'), '6.1.0-49-amd64 boots');
  assert.is(await chosen(root, '6.1.0-9-amd64'), '6.1.0-9-amd64 boots');
  assert.is(kernelIn(`${root.hostPath}/lib/modules/6.1.0-9-amd64`).role, 'boots');
});

test('an installation without a kernel has none that is known', async () => {
  using root = rootWith('empty');
  assert.is(await chosen(root, '1.0-of-the-installer'), undefined);
  assert.is(await chosen(root, null), undefined);
});

test.run();
