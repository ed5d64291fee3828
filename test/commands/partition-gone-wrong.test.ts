// Boot partitions that are not what they were when a change began, or whose ledger is gone.
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeSlot } from '../../src/transaction/ledger-slots.ts';
import type { Plan } from '../../src/transaction/plan.ts';
import { Sandbox } from './sandbox.ts';

const journalPath = '/nix/var/genctl/journal.json';
const twoPlaces = ['efiSysMountPoint = /boot', 'efiSysMountPoint = /boot2'];

/** What a verb would do, as if it had been interrupted somewhere in it. */
function interrupted(sandbox: Sandbox, ...verb: string[]): Plan {
  const { plan } = sandbox.runWell(...verb, '--dry-run', '--json').json as { plan: Plan };
  sandbox.write(journalPath, `${JSON.stringify({ version: 2, bootId: 'x', plan })}\n`);
  return plan;
}

function ledgerFolder(sandbox: Sandbox): string {
  return `/boot/loader/genctl/${sandbox.names('/boot/loader/genctl')[0]}`;
}

test('undoing the first installation leaves the loader.conf that somebody has written since', () => {
  using sandbox = Sandbox.blank();
  interrupted(sandbox, 'loader', 'install');
  sandbox.write('/boot/loader/loader.conf', 'default debian.conf\n');
  sandbox.runWell('recover');
  assert.is(sandbox.read('/boot/loader/loader.conf'), 'default debian.conf\n');
});

test('a recovery writes nothing to a disk that has come into a new mirror’s place', () => {
  using sandbox = Sandbox.blank();
  fs.mkdirSync(sandbox.at('/boot2/EFI'), { recursive: true });
  sandbox.declare({ loader: twoPlaces });
  const plan = interrupted(sandbox, 'loader', 'install');
  const [first] = plan.commit;
  assert.ok(first !== undefined && 'after' in first);
  // The point of no return is passed on the first disk.
  sandbox.write('/boot/loader/loader.conf', first.after);
  sandbox.write('/boot2/EFI/BOOT/BOOTX64.EFI', 'shim of another system');
  const { exitCode, stderr } = sandbox.run(['recover']);
  assert.is(exitCode, 3, stderr);
  assert.match(stderr, 'MIRROR_BEHIND');
  assert.is(sandbox.read('/boot2/EFI/BOOT/BOOTX64.EFI'), 'shim of another system');
});

test('a disk that an interrupted change needs and that is gone: the way out is said', () => {
  using sandbox = Sandbox.with(1);
  sandbox.declare({ label: 'second' });
  interrupted(sandbox, 'switch');
  fs.renameSync(sandbox.at('/boot'), sandbox.at('/gone'));
  for (const verb of ['recover', 'switch']) {
    const { exitCode, stderr } = sandbox.run([verb]);
    assert.is(exitCode, 1);
    assert.match(stderr, `gone for good, remove ${sandbox.at(journalPath)}`);
  }
});

test('repair never gives up a damaged file before there is a whole one', () => {
  using sandbox = Sandbox.with(1);
  const folder = `/boot/EFI/genctl/${sandbox.names('/boot/EFI/genctl')[0]}`;
  const name = sandbox.names(folder).find(each => each.startsWith('initrd')) ?? '';
  const text = sandbox.read(`${folder}/${name}`);
  const store = sandbox
    .names('/nix/store')
    .flatMap(each => (each.includes('initrd') ? [`/nix/store/${each}`] : []));
  assert.is(store.length, 1);
  sandbox.edit(store[0] ?? '', () => `${text.slice(0, -1)}X`);
  sandbox.write(`${folder}/${name}`, `${text.slice(0, -1)}Y`);
  const { exitCode, stderr } = sandbox.run(['menu', 'repair'], { env: { X: '1' } });
  assert.is(exitCode, 1, stderr);
  assert.match(stderr, 'STORE_FILE_CHANGED');
  assert.is(sandbox.read(`${folder}/${name}`), `${text.slice(0, -1)}Y`, 'what there is, is left');
  assert.equal(
    sandbox.names(folder).filter(each => each.endsWith('.part')),
    [],
  );
});

test('after the ledger is lost, gc leaves no entry without its system', () => {
  using sandbox = Sandbox.with(3);
  const folder = ledgerFolder(sandbox);
  for (const name of sandbox.names(folder)) sandbox.write(`${folder}/${name}`, 'torn');
  sandbox.runWell('loader', 'install');
  sandbox.link(9, '/nix/store/00000000000000000000000000000bad-gone');
  sandbox.run(['gc', '--keep', '1']);
  for (const entry of sandbox.entries()) {
    const init = /init=(\S+)/.exec(sandbox.read(`/boot/loader/entries/${entry}`))?.[1] ?? '';
    assert.ok(sandbox.exists(init), `${entry} boots ${init}`);
  }
  assert.equal(sandbox.numbers(), [3, 9]);
});

test('a ledger that is whole and says nonsense is refused, not believed', () => {
  type Body = { files: Record<string, unknown>[] };
  const nonsense: Record<string, (body: Body) => string> = {
    text: () => 'hello\n',
    key: body =>
      JSON.stringify({ ...body, files: body.files.map(file => ({ ...file, key: null })) }),
    sources: body =>
      JSON.stringify({ ...body, files: body.files.map(file => ({ ...file, sources: 7 })) }),
    leftOut: body => JSON.stringify({ ...body, leftOut: [{ key: 1, blobs: [null] }] }),
  };
  for (const [what, change] of Object.entries(nonsense)) {
    using sandbox = Sandbox.with(1);
    const folder = ledgerFolder(sandbox);
    const [text = ''] = sandbox
      .names(folder)
      .map(name => sandbox.read(`${folder}/${name}`))
      .toSorted((left, right) => Number(right.split(' ')[2]) - Number(left.split(' ')[2]));
    const body = JSON.parse(text.slice(text.indexOf('\n') + 1)) as Body;
    fs.rmSync(sandbox.at(`${folder}/ledger-b`), { force: true });
    sandbox.write(`${folder}/ledger-a`, encodeSlot({ sequence: 99, body: change(body) }));
    for (const verb of [['menu', 'sync'], ['switch'], ['menu', 'verify']]) {
      const { exitCode, stderr } = sandbox.run(verb, { env: { X: '1' } });
      assert.not.equal(
        [0, 70].includes(exitCode ?? 0),
        true,
        `${what}, ${verb.join(' ')}: ${stderr}`,
      );
      assert.match(stderr, 'LEDGER_UNREADABLE', what);
    }
    assert.is(sandbox.run(['list']).exitCode, 0, what);
  }
});

test('places that are recorded as none are not believed', () => {
  using sandbox = Sandbox.with(2);
  sandbox.edit('/nix/var/genctl/state.json', text => {
    const state = JSON.parse(text) as { boot: { efiSysMountPoints: string[] } };
    return JSON.stringify({ ...state, boot: { ...state.boot, efiSysMountPoints: [] } });
  });
  sandbox.runWell('rollback', '--boot');
  assert.match(sandbox.read('/boot/loader/loader.conf'), /^default genctl-[0-9a-f]{8}-1-/);
});

test.run();
