import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { optionsInto, parseLoadOption, withFile } from '../../src/host/load-option.ts';
import { canMount, testWhere, withMounts } from '../commands/test-where.ts';
import { loadOption, uuid } from './load-option-bytes.ts';

test('of the firmware’s entries those are found that lead to a folder of one ESP', () => {
  const options = [
    parseLoadOption('0003', loadOption('genctl', String.raw`\EFI\genctl\shimx64.efi`)),
    parseLoadOption('0004', loadOption('genctl2', String.raw`\EFI\genctl2\grubx64.efi`)),
    parseLoadOption('0005', loadOption('debian', String.raw`\EFI\debian\shimx64.efi`)),
  ].flatMap(option => option ?? []);
  assert.is(options.length, 3);
  const found = optionsInto(options, { partitionUuid: uuid.toUpperCase(), folder: 'EFI/genctl' });
  assert.equal(found, [
    {
      number: '0003',
      description: 'genctl',
      partitionUuid: uuid,
      path: 'EFI/genctl/shimx64.efi',
    },
  ]);
  const elsewhere = { partitionUuid: uuid.replace('6', '7'), folder: 'EFI/genctl' };
  assert.equal(optionsInto(options, elsewhere), []);
});

test('an entry of the firmware is given another file, and all else of it stays', () => {
  const before = Buffer.concat([
    loadOption('genctl', String.raw`\EFI\genctl\grubx64.efi`),
    Buffer.from('for the program'),
  ]);
  const to = { description: 'Genctl ü', path: 'EFI/genctl-b/shimx64.efi' };
  const after = withFile(before, to);
  assert.equal(parseLoadOption('0003', after), { number: '0003', partitionUuid: uuid, ...to });
  const back = { description: 'genctl', path: 'EFI/genctl/grubx64.efi' };
  assert.equal(withFile(after, back), before);
});

test('an entry of the firmware that is cut off anywhere is none, and breaks nothing', () => {
  const whole = loadOption('genctl', String.raw`\EFI\genctl\grubx64.efi`);
  for (let length = 0; length < whole.length - 4 - 2; length++) {
    const option = parseLoadOption('0000', whole.subarray(0, length));
    assert.ok(option === undefined || path.posix.normalize(option.path) === option.path);
  }
  assert.is(parseLoadOption('0001', whole.subarray(0, whole.length - 60)), undefined);
});

const child = fileURLToPath(new URL('load-options-child.ts', import.meta.url));

/** What a made-up firmware holds before and after its entries were changed. */
interface Firmware {
  entries: readonly (readonly [number: string, path: string])[];
  /** The first bytes of its order of booting; a tmpfs keeps the rest of what was longer. */
  order: string;
  error?: { code: string; hint: string };
}

function change(deed: 'point' | 'delete', script = ':'): Firmware {
  const efivars = '/sys/firmware/efi/efivars';
  const [program = '', ...args]: readonly string[] = [
    ...withMounts(`mount -t tmpfs tmpfs /sys; mkdir -p ${efivars}`).wrapper,
    process.execPath,
    '--import',
    'tsx',
    child,
    deed,
    script,
  ];
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  assert.is(stderr, '');
  return JSON.parse(stdout) as Firmware;
}

const needed = 'mounts in a namespace';

testWhere(canMount, needed, 'an entry is led to another file, and the order stays', () => {
  assert.equal(change('point'), {
    entries: [
      ['0003', 'EFI/genctl-b/grubx64.efi'],
      ['000A', 'EFI/debian/shimx64.efi'],
    ],
    order: '0a000300',
  });
});

testWhere(canMount, needed, 'an entry is deleted, and leaves the order', () => {
  const { entries, order } = change('delete');
  assert.equal(entries, [['000A', 'EFI/debian/shimx64.efi']]);
  assert.is(order.slice(0, 4), '0a00');
});

testWhere(
  canMount,
  needed,
  'what the machine does not let us change stays, with what to do',
  () => {
    for (const deed of ['point', 'delete'] as const) {
      const { entries, error } = change(deed, 'mount -o remount,ro /sys');
      assert.is(error?.code, 'EFI_VARIABLE_REFUSED');
      assert.match(error?.hint ?? '', /remount,rw/);
      assert.equal(
        entries.map(([, file]) => path.posix.dirname(file)),
        ['EFI/genctl', 'EFI/debian'],
      );
    }
  },
);

test.run();
