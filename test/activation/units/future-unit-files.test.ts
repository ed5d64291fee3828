import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { overlayUnitFiles } from '../../../src/activation/units/future-unit-files.ts';
import type { UnitFile } from '../../../src/activation/units/unit-files.ts';
import { unitFiles } from './unit-tree.ts';

const etc = '/etc/systemd/system';

test('what is placed is seen, what is removed is not, and folders come and go with it', () => {
  const live = unitFiles({
    [`${etc}/a.service`]: 'a',
    [`${etc}/b.service`]: 'b',
    [`${etc}/a.service.d/x.conf`]: 'x',
    [`${etc}/b.service.d/x.conf`]: 'x',
    [`${etc}/b.service.d/theirs.conf`]: 'y',
    '/usr/lib/systemd/system/v.service': 'v',
  });
  const placed = new Map<string, UnitFile>([
    [`${etc}/a.service`, { kind: 'file', text: 'new' }],
    [`${etc}/c.target.wants/a.service`, { kind: 'link', target: '../a.service', text: 'new' }],
  ]);
  const future = overlayUnitFiles(live, {
    placed,
    removed: new Set([`${etc}/a.service.d/x.conf`, `${etc}/b.service.d/x.conf`]),
  });
  assert.equal(future.names(etc), ['a.service', 'b.service', 'b.service.d', 'c.target.wants']);
  assert.equal(future.names(`${etc}/a.service.d`), []);
  assert.equal(future.names(`${etc}/b.service.d`), ['theirs.conf']);
  assert.equal(future.names(`${etc}/c.target.wants`), ['a.service']);
  assert.equal(future.names('/usr/lib/systemd/system'), ['v.service']);
  assert.equal(future.at(`${etc}/a.service`), { kind: 'file', text: 'new' });
  assert.equal(future.at(`${etc}/b.service`), { kind: 'file', text: 'b' });
  assert.is(future.at(`${etc}/b.service.d/x.conf`), undefined);
  assert.is(future.at(`${etc}/c.target.wants`), undefined);
});

test('a folder takes the place of a file, and a file that of a folder', () => {
  const live = unitFiles({
    [`${etc}/a.service.d`]: 'a file',
    [`${etc}/b.service/x`]: 'in a folder',
  });
  const future = overlayUnitFiles(live, {
    placed: new Map([
      [`${etc}/a.service.d/x.conf`, { kind: 'file', text: 'new' }],
      [`${etc}/b.service`, { kind: 'file', text: 'new' }],
    ]),
    removed: new Set([`${etc}/b.service/x`]),
  });
  assert.equal(future.names(etc), ['a.service.d', 'b.service']);
  assert.is(future.at(`${etc}/a.service.d`), undefined);
  assert.equal(future.at(`${etc}/b.service`), { kind: 'file', text: 'new' });
});

test.run();
