import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../../src/hardware/facts/facts.ts';
import { readFacts } from '../../../src/hardware/facts/read-facts.ts';
import {
  classDevice,
  device,
  folder,
  lines,
  type Standings,
  smallTree,
  sourceOf,
} from './small-tree.ts';

function read(...standings: readonly Standings[]): Facts {
  return readFacts(sourceOf(smallTree(Object.assign({}, ...standings))));
}

const card = '/devices/pci0000:00/0000:00:1c.0';

/** A network interface of a device. */
function net(
  path: string,
  type: string,
  more: Standings = {},
  said: readonly string[] = [],
): Standings {
  const own = Object.fromEntries(
    Object.entries(more).map(([name, standing]) => [`/sys${path}/${name}`, standing]),
  );
  return { ...classDevice(path, 'net', said), [`/sys${path}/type`]: `${type}\n`, ...own };
}

test('network interfaces: real ones with their device, virtual ones without, no loopback', () => {
  const facts = read(
    device(card, 'pci', ['PCI_CLASS=20000'], 'e1000e@e1000e'),
    net(`${card}/net/enp3s0`, '1', { device: { to: `/sys${card}` } }),
    net(`${card}/net/wlp2s0`, '1', { device: { to: `/sys${card}` }, wireless: folder }),
    net(`${card}/net/wlan1`, '1', { device: { to: `/sys${card}` } }, ['DEVTYPE=wlan']),
    net(`${card}/net/ib0`, '32', { device: { to: `/sys${card}` } }),
    net('/devices/virtual/net/lo', '772'),
    net('/devices/virtual/net/docker0', '1', { bridge: folder }),
    net('/devices/virtual/mac80211_hwsim/hwsim0/net/wlan0', '1', {
      device: { to: '/sys/devices/virtual/mac80211_hwsim/hwsim0' },
      phy80211: folder,
    }),
    {
      '/sys/class/net/bonding_masters': 'bond0\n',
      '/sys/class/net/gone': { to: '/sys/devices/gone' },
    },
  );
  assert.equal(
    facts.networkInterfaces.map(({ name, kind, device }) => [name, kind, device]),
    [
      ['docker0', 'ethernet', null],
      ['enp3s0', 'ethernet', card],
      ['ib0', 'other', card],
      ['wlan0', 'wireless', null],
      ['wlan1', 'wireless', card],
      ['wlp2s0', 'wireless', card],
    ],
  );
});

/** A device of /proc/bus/input/devices. */
function input(name: string, path: string, keys: string): string {
  return lines(
    'I: Bus=0011 Vendor=0001 Product=0001 Version=ab41',
    `N: Name="${name}"`,
    'P: Phys=isa0060/serio0/input0',
    `S: Sysfs=${path}`,
    'U: Uniq=',
    'H: Handlers=sysrq kbd event0 leds ',
    'B: PROP=0',
    'B: EV=120013',
    `B: KEY=${keys}`,
    'B: LED=7',
    '',
  );
}

const allKeys = '402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe';

test('a keyboard is what one can type on; buttons, mice and made-up keyboards are none', () => {
  const facts = read({
    '/proc/bus/input/devices': [
      input('Power Button', '/devices/LNXSYSTM:00/LNXPWRBN:00/input/input1', '10000000000000 0'),
      input('A "good" keyboard', '/devices/z/serio0/input/input0', allKeys),
      input(
        'of 32 bits',
        '/devices/b/input/input5',
        '4 2000000 3803078 f800d001 feffffdf ffefffff ffffffff fffffffe',
      ),
      input('of which one key is dead', '/devices/b/input/input6', 'fffffffffffffffa'),
      input('made up', '/devices/virtual/input/input7', allKeys),
      input('by the adapter', '/devices/z/hci0/hci0:256/0005:05AC:0255.0009/input/input8', allKeys),
      input('by BlueZ', '/devices/virtual/misc/uhid/0005:046D:B35B.0004/input/input9', allKeys),
      input('of a program', '/devices/virtual/misc/uhid/0003:046D:B35B.0005/input/input4', allKeys),
      input('outside', '../../etc', allKeys),
      lines('N: Name="no keys"', 'S: Sysfs=/devices/x', ''),
      'odd',
    ].join(''),
  });
  assert.equal(
    facts.keyboards.map(({ title, isBluetooth }) => [title, isBluetooth]),
    [
      ['of 32 bits', false],
      ['by BlueZ', true],
      ['by the adapter', true],
      ['A "good" keyboard', false],
    ],
  );
  assert.is(facts.keyboards[0]?.path, '/devices/b/input/input5');
});

test('graphics: PCI by class, others by their card, none that is another one’s part', () => {
  const pci = '/devices/pci0000:00/0000:00:02.0';
  const soc = '/devices/platform/soc/fe600000.gpu';
  const simple = '/devices/platform/simple-framebuffer.0';
  const facts = read(
    device(pci, 'pci', ['PCI_CLASS=38000', 'PCI_ID=1AF4:1050'], 'virtio-pci'),
    device(`${pci}/virtio0`, 'virtio', ['MODALIAS=virtio:d10v1AF4'], 'virtio_gpu@virtio_gpu'),
    classDevice(`${pci}/virtio0/drm/card0`, 'drm', []),
    classDevice(`${pci}/virtio0/drm/card0/card0-Virtual-1`, 'drm', []),
    // No driver is bound: the firmware's screen is in use.
    device('/devices/pci0000:00/0000:00:03.0', 'pci', ['PCI_CLASS=30000', 'PCI_ID=10DE:1B80']),
    device(simple, 'platform', ['MODALIAS=platform:simple-framebuffer'], 'simple-framebuffer'),
    classDevice(`${simple}/drm/card2`, 'drm', []),
    device(soc, 'platform', ['OF_COMPATIBLE_0=arm,mali', 'MODALIAS=of:Ngpu'], 'panfrost@panfrost'),
    classDevice(`${soc}/drm/card1`, 'drm', []),
    device('/devices/platform/vkms', 'platform', ['MODALIAS=platform:vkms']),
    classDevice('/devices/platform/vkms/drm/card3', 'drm', []),
  );
  assert.equal(facts.graphics, [pci, '/devices/pci0000:00/0000:00:03.0', soc]);
});

test('a TPM hangs on a device of the firmware’s bus, which is there for its sake', () => {
  const tpm = '/devices/LNXSYSTM:00/LNXSYBUS:00/MSFT0101:00';
  const facts = read(
    device(tpm, 'acpi', ['MODALIAS=acpi:MSFT0101:'], 'tpm_crb@tpm_crb'),
    classDevice(`${tpm}/tpm/tpm0`, 'tpm', []),
  );
  assert.equal(facts.tpms, [{ name: 'tpm0', device: tpm }]);
  assert.equal(
    facts.devices.map(({ path, module }) => [path, module]),
    [[tpm, 'tpm_crb']],
  );
});

test.run();
