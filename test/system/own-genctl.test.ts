import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../src/errors.ts';
import { Root } from '../../src/host/root.ts';
import { openStore } from '../../src/store/open-store.ts';
import { ownGenctl } from '../../src/system/own-genctl/own-genctl.ts';
import { version } from '../../src/version.ts';
import { genctlProgram } from '../commands/genctl-program.ts';

/** Adds a genctl that is run from a file to the store of an empty machine. */
async function addTo(folder: string, bundle: string): Promise<string> {
  const [, before = ''] = process.argv;
  process.argv[1] = bundle;
  try {
    using root = new Root(folder);
    return await ownGenctl(root, openStore(root, 'change'));
  } finally {
    process.argv[1] = before;
  }
}

function emptyFolder(): { path: string } & Disposable {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-own-'));
  return {
    path: folder,
    [Symbol.dispose]() {
      spawnSync('chmod', ['-R', 'u+w', folder]);
      fs.rmSync(folder, { recursive: true });
    },
  };
}

test('a genctl that is run by Node comes with its Node, by the same path on any machine', async () => {
  using one = emptyFolder();
  const added = await addTo(one.path, genctlProgram);
  const program = `${one.path}${added}/bin/genctl`;
  assert.ok(fs.readFileSync(program, 'latin1').startsWith(`#!${added}/bin/node\n`));
  const said = spawnSync(`${one.path}${added}/bin/node`, [program, '--version'], {
    encoding: 'utf8',
    env: {},
  });
  assert.is(said.stdout, `genctl ${version}\n`, said.stderr);
  // From the one, as from a machine that runs it, to another.
  using other = emptyFolder();
  assert.is(await addTo(other.path, program), added);
});

test('what was added before is believed only where it still is, and of the same genctl', async () => {
  using folder = emptyFolder();
  const bundle = path.join(folder.path, 'genctl');
  fs.copyFileSync(genctlProgram, bundle);
  const added = await addTo(folder.path, bundle);
  spawnSync('rm', ['-rf', folder.path + added]);
  assert.is(await addTo(folder.path, bundle), added);
  assert.ok(fs.existsSync(`${folder.path}${added}/bin/genctl`));
  fs.appendFileSync(bundle, '// another version\n');
  assert.is.not(await addTo(folder.path, bundle), added);
});

test('one that runs from its sources is refused: nothing could start it elsewhere', async () => {
  using folder = emptyFolder();
  const sources = fileURLToPath(import.meta.url);
  const code = await addTo(folder.path, sources).catch((thrown: unknown) =>
    thrown instanceof GenctlError ? thrown.code : String(thrown),
  );
  assert.is(code, 'OWN_FILES_UNFIT');
});

test.run();
