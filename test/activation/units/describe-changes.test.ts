import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  announceUnitChanges,
  describeUnitChanges,
} from '../../../src/activation/units/describe-changes.ts';
import { noUnitChanges } from '../../../src/activation/units/unit-changes.ts';

test('each kind of change is one line, in the order it is done', () => {
  const changes = {
    stop: ['a.service', 'a.socket'],
    reload: ['b.service'],
    restart: ['c.timer'],
    start: ['a.socket'],
    preset: ['d.service'],
    left: [{ unit: 'e\n.service', reason: 'it says so' }],
    reexecute: true,
  };
  assert.equal(describeUnitChanges(changes), [
    'would stop the following units: a.service, a.socket',
    'would leave as it is: e\\n.service, because it says so',
    'would execute systemd anew',
    'would enable or disable, as the presets say, the following units: d.service',
    'would reload the following units: b.service',
    'would restart the following units: c.timer',
    'would start the following units: a.socket',
  ]);
  assert.is(announceUnitChanges(changes)[0], 'stopping the following units: a.service, a.socket');
  assert.is(announceUnitChanges(changes).length, describeUnitChanges(changes).length);
  assert.equal(describeUnitChanges(noUnitChanges), []);
});

test.run();
