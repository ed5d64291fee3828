import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readSummary, type SystemProbe } from '../../../src/hardware/summary/read-summary.ts';

const whole: SystemProbe = {
  osInfo: async () => ({ distro: 'Debian GNU/Linux', release: '12', codename: 'bookworm' }),
  cpu: async () => ({ manufacturer: 'Intel', brand: 'Core i7-1185G7', speed: 3 }),
  mem: async () => ({ total: 16 * 1024 ** 3 }),
  memLayout: async () => [
    { size: 8 * 1024 ** 3, type: 'DDR4', clockSpeed: 3200 },
    { size: 0, type: 'Empty', clockSpeed: null },
  ],
  diskLayout: async () => [{ name: 'Samsung SSD 980', size: 1e12, interfaceType: 'NVMe' }],
  graphics: async () => ({ controllers: [{ vendor: 'Intel', model: 'TigerLake-LP GT2' }] }),
};

test('a machine as a person reads it', async () => {
  assert.equal(await readSummary(whole, 1000), {
    operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
    processor: 'Intel Core i7-1185G7 3 GHz',
    memoryBytes: 16 * 1024 ** 3,
    memoryModules: ['8.0 GiB DDR4 3200 MT/s'],
    disks: ['Samsung SSD 980 931.3 GiB NVMe'],
    graphics: ['Intel TigerLake-LP GT2'],
    failures: [],
  });
});

test('a question that fails, and one that nobody answers, cost their own lines only', async () => {
  const summary = await readSummary(
    {
      ...whole,
      cpu: () => Promise.reject(new Error('lscpu is not installed')),
      graphics: () => new Promise(() => undefined),
    },
    20,
  );
  assert.is(summary.processor, null);
  assert.equal(summary.graphics, []);
  assert.is(summary.operatingSystem, 'Debian GNU/Linux 12 (bookworm)');
  assert.equal(summary.failures, [
    'the graphics: no answer in 20 ms',
    'the processor: lscpu is not installed',
  ]);
});

test('a package that throws at once, or says nothing, fails nothing', async () => {
  const summary = await readSummary(
    {
      ...whole,
      osInfo: () => {
        throw new TypeError('undefined is not a function');
      },
      cpu: async () => ({ manufacturer: '', brand: '', speed: 0 }),
      mem: async () => ({ total: 0 }),
    },
    1000,
  );
  assert.equal(
    [summary.operatingSystem, summary.processor, summary.memoryBytes],
    [null, null, null],
  );
  assert.equal(summary.failures, ['the operating system: undefined is not a function']);
});

test('what a disk calls itself cannot write to the terminal', async () => {
  const { disks } = await readSummary(
    { ...whole, diskLayout: async () => [{ name: 'a\u001b[2Jb\n', size: 1, interfaceType: '' }] },
    1000,
  );
  assert.equal(disks, ['a\\u{1b}[2Jb\\n 1 B']);
});

test.run();
