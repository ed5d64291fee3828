import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { describeUnitChanges } from '../../../src/activation/units/describe-changes.ts';
import { leftFindings } from '../../../src/activation/units/left-findings.ts';
import { noUnitChanges, type UnitChanges } from '../../../src/activation/units/unit-changes.ts';

test('each kind of change is one line, in the order it is done', () => {
  const changes: UnitChanges = {
    stop: ['a.service', 'e\n.socket'],
    reload: ['b.service'],
    restart: ['c.timer'],
    start: ['a.socket'],
    provide: [{ program: 'systemd-sysusers', files: ['/etc/sysusers.d/g.conf'] }],
    preset: ['d.service'],
    left: [{ unit: 'f.service', reason: 'it says so' }],
    reexecute: true,
  };
  assert.equal(describeUnitChanges(changes), [
    'would stop the following units: a.service, e\\n.socket',
    'would execute systemd anew',
    'would make what /etc/sysusers.d/g.conf declares, by systemd-sysusers',
    'would enable or disable, as the presets say, the following units: d.service',
    'would reload the following units: b.service',
    'would restart the following units: c.timer',
    'would start the following units: a.socket',
  ]);
  assert.equal(describeUnitChanges(noUnitChanges), []);
});

test('units that are left are named, once for each reason', () => {
  const left = [
    { unit: 'a.service', reason: 'it says so' },
    { unit: 'b.service', reason: 'it is vital' },
    { unit: 'c.service', reason: 'it says so' },
  ];
  assert.equal(
    leftFindings(left).map(({ subject, reason }) => `${subject}: ${reason}`),
    ['a.service, c.service: left as it is: it says so', 'b.service: left as it is: it is vital'],
  );
});

test.run();
