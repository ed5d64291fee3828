import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Sandbox, type Shell, type System, shells } from './sandbox.ts';

/** A machine with everything of which there are records, in whose /run is nothing, as at boot. */
function bootingMachine(shell: Shell): { sandbox: Sandbox; system: System } {
  const sandbox = new Sandbox();
  sandbox.write('/etc/issue', 'my issue');
  const common = {
    issue: 'declared',
    'folder/inner/file': 'f',
    direct: { target: '/x' },
    copy: { text: 'c', mode: 0o600 },
    replaced: 'r',
  };
  const before = sandbox.system('before', {
    ...common,
    'left/file': 'l',
    edited: { text: 'of before', mode: 0o600 },
    gone: { text: 'g', mode: 0o600 },
  });
  run(sandbox, shell, before);
  sandbox.write('/etc/edited', 'my edit', 0o600);
  sandbox.write('/etc/gone', 'my edit as well', 0o600);
  sandbox.write('/etc/left/mine', 'mine');
  fs.rmSync(sandbox.at('/etc/replaced'));
  sandbox.write('/etc/replaced', 'mine');
  sandbox.write('/etc/kept', 'mine');
  const files = { ...common, edited: { text: 'of a', mode: 0o600 }, kept: 'k' };
  const system = sandbox.system('a', files, { policies: { kept: 'keep', replaced: 'keep' } });
  run(sandbox, shell, system);
  fs.rmSync(sandbox.at('/run/current-system'));
  return { sandbox, system };
}

function run(sandbox: Sandbox, shell: Shell, system: System): string {
  const { status, stdout, stderr } = sandbox.run(shell, system);
  assert.is(stderr, '');
  assert.is(status, 0);
  return stdout;
}

/** What may have happened between two boots. */
const happenings: Readonly<Record<string, (sandbox: Sandbox) => void>> = {
  nothing: () => undefined,
  'a backup was removed': sandbox => fs.rmSync(sandbox.at('/etc/.genctl/backup/issue')),
  'all backups were removed': sandbox =>
    fs.rmSync(sandbox.at('/etc/.genctl/backup'), { recursive: true }),
  'a folder that is not wanted any more was removed': sandbox =>
    fs.rmSync(sandbox.at('/etc/left'), { recursive: true }),
  'what stayed in the place of ours was removed': sandbox => fs.rmSync(sandbox.at('/etc/kept')),
  'what took the place of ours was removed': sandbox => fs.rmSync(sandbox.at('/etc/replaced')),
  'a link was removed': sandbox => fs.rmSync(sandbox.at('/etc/issue')),
  'a link was replaced': sandbox => {
    fs.rmSync(sandbox.at('/etc/direct'));
    sandbox.link('/etc/direct', '/y');
  },
  'a copy was removed': sandbox => fs.rmSync(sandbox.at('/etc/copy')),
  'a folder was removed': sandbox => fs.rmSync(sandbox.at('/etc/folder'), { recursive: true }),
  'a folder was replaced': sandbox => {
    fs.rmSync(sandbox.at('/etc/folder'), { recursive: true });
    sandbox.write('/etc/folder', 'a file');
  },
  '/etc/static was turned': sandbox => {
    fs.rmSync(sandbox.at('/etc/static'));
    sandbox.link('/etc/static', '/nix/store/before-etc');
  },
  'another manifest was begun': sandbox =>
    fs.copyFileSync(
      sandbox.at('/nix/store/before-system/etc-manifest'),
      sandbox.at('/etc/.genctl/manifest.pending'),
    ),
  'the records were cut off': sandbox => {
    const records = '/etc/.genctl/records';
    sandbox.write(records, sandbox.read(records).slice(0, -10));
  },
  'the records are lost': sandbox => fs.rmSync(sandbox.at('/etc/.genctl/records')),
};

for (const shell of shells()) {
  for (const [happening, happen] of Object.entries(happenings)) {
    test(`${shell.name}: where ${happening}, the quick way through a boot does what the long one does`, () => {
      const outcomes = ['quick', 'long'].map(way => {
        const { sandbox, system } = bootingMachine(shell);
        using machine = sandbox;
        happen(machine);
        // What a run that was killed has left is looked at the long way, and changes nothing else.
        if (way === 'long') machine.link('/run/.genctl-new', '/nix/store/before-system');
        const { status, stdout, stderr } = machine.run(shell, system);
        assert.is(machine.target('/run/current-system'), system.systemPath);
        return { status, stdout, stderr, left: machine.list('', ['nix']) };
      });
      assert.equal(outcomes[0], outcomes[1]);
    });
  }

  test(`${shell.name}: a boot with nothing to do starts no more than four kinds of programs`, () => {
    const { sandbox, system } = bootingMachine(shell);
    using machine = sandbox;
    const folder = machine.at('/few-tools');
    fs.mkdirSync(folder);
    for (const tool of ['cat', 'flock', 'ln', 'readlink']) {
      const program = shell.toolPath.split(':').map(place => `${place}/${tool}`);
      fs.symlinkSync(program.find(file => fs.existsSync(file)) ?? tool, `${folder}/${tool}`);
    }
    const said = run(machine, { ...shell, toolPath: folder }, system);
    assert.is(said, `pointed /run/current-system to ${system.systemPath}\n`);
  });
}

test.run();
