import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { forgetInFirmware, type OneShot, onceIdOf, tellOnce } from '../../src/boot/boot-once.ts';
import type { BootTarget } from '../../src/boot/boot-target.ts';
import { emptyEnvironment } from '../../src/boot/grub/environment-block.ts';
import { layoutOf } from '../../src/boot/layout.ts';
import type { Menu, MenuEntry } from '../../src/boot/menu.ts';
import { renderMenu } from '../../src/boot/systemd-boot/render-menu.ts';
import { GenctlError } from '../../src/errors.ts';
import { digestOfText } from '../../src/transaction/lower.ts';
import { emptyMachine, partitionOf } from '../transaction/model-machine.ts';

const layout = layoutOf('11111111-2222-4333-8444-555555555555');

const entry = (number: number): MenuEntry => ({
  key: { profile: 'system', number },
  title: `generation ${number}`,
  sortKey: 'genctl',
  version: String(number),
  linux: { role: 'linux', source: '/nix/store/linux', digest: digestOfText('linux') },
  initrds: [],
  options: [`init=/nix/store/${number}/init`],
});

const menu: Menu = {
  entries: [entry(2), entry(1)],
  default: { profile: 'system', number: 2 },
  settings: { timeout: 5, editor: true, consoleMode: 'keep' },
};

const esp = partitionOf(emptyMachine().state);
const target: BootTarget = { places: [{ loader: 'systemd-boot', esp, boot: esp }], left: [] };

/** What systemd-boot calls the entry of a generation. */
function nameOf(number: number): string {
  const file = renderMenu(menu, layout).files.find(
    each => each.kind === 'entry' && each.key.number === number,
  );
  return file?.path.slice('loader/entries/'.length) ?? 'none';
}

const told = (value: string | undefined): OneShot => ({ obstacle: undefined, value });
const tell = (oneShot: OneShot) =>
  tellOnce({ target, menu }, { profile: 'system', number: 1 }, oneShot, layout);

test('systemd-boot is told by the name of the file, whatever it was told before', () => {
  const after = nameOf(1);
  for (const before of [undefined, 'debian.conf', nameOf(2)]) {
    assert.equal(tell(told(before)), [
      { kind: 'set-efi-variable', name: 'LoaderEntryOneShot', before, after },
    ]);
  }
  assert.equal(tell(told(after)), [], 'it was told that already');
});

test('a loader that does not say it can is not told', () => {
  try {
    tell({ obstacle: 'it does not say that it can', value: undefined });
    assert.unreachable('it was told');
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    assert.is(thrown.code, 'BOOT_ONCE_IMPOSSIBLE');
    assert.match(thrown.message, /it does not say that it can/);
  }
});

test('only what is ours is taken back', () => {
  const before = nameOf(1);
  assert.equal(forgetInFirmware(told(before), layout), [
    { kind: 'clear-efi-variable', name: 'LoaderEntryOneShot', before },
  ]);
  assert.equal(forgetInFirmware(told('debian.conf'), layout), []);
  assert.equal(forgetInFirmware(told(undefined), layout), []);
});

test('GRUB boots next what its block says, by the last of the identifiers', () => {
  const saying = (line: string): string => {
    const start = `# GRUB Environment Block\n${line}`;
    return start + '#'.repeat(emptyEnvironment.length - start.length);
  };
  const idIn = (environment: string | undefined): string | undefined =>
    onceIdOf('grub', { environment, oneShot: 'of another loader' });
  assert.is(idIn(saying('next_entry=all>genctl-1\n')), 'genctl-1');
  assert.is(idIn(saying('next_entry=genctl-1\n')), 'genctl-1');
  assert.is(idIn(saying('next_entry=\n')), undefined, 'as GRUB leaves it');
  assert.is(idIn(emptyEnvironment), undefined);
  assert.is(idIn('no block'), undefined);
  assert.is(idIn(undefined), undefined);
});

test.run();
