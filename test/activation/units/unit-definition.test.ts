import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UnitDefinitions } from '../../../src/activation/units/unit-definition.ts';
import { valuesOf } from '../../../src/activation/units/unit-syntax.ts';
import { hasSystemdAnalyze, readBySystemd } from './real-systemd.ts';
import { type Tree, unitFiles } from './unit-tree.ts';

const etc = '/etc/systemd/system';
const lib = '/usr/lib/systemd/system';
const run = '/run/systemd/system';

const odd = '[Unit]\nOdd=1\n';
const oddService = `${odd}[Service]\nExecStart=/bin/true\n`;

/** A tree and a unit whose files systemd and we look for. */
const cases: readonly [what: string, unit: string, tree: Tree][] = [
  [
    'the first folder that has it',
    'a.service',
    { [`${etc}/a.service`]: oddService, [`${lib}/a.service`]: oddService },
  ],
  [
    'drop-ins of all folders by name, and of equal names the first folder',
    'a.service',
    {
      [`${lib}/a.service`]: oddService,
      [`${etc}/a.service.d/20.conf`]: odd,
      [`${etc}/a.service.d/B.conf`]: odd,
      [`${etc}/a.service.d/a.conf`]: odd,
      [`${etc}/a.service.d/note.txt`]: odd,
      [`${etc}/a.service.d/.10.conf`]: odd,
      [`${lib}/a.service.d/10.conf`]: odd,
      [`${lib}/a.service.d/20.conf`]: odd,
      [`${run}/a.service.d/20.conf`]: odd,
      [`${run}/a.service.d/30.conf`]: odd,
    },
  ],
  [
    'nearer folders before nearer names, but for what is for a whole type',
    'a-b.service',
    {
      [`${etc}/a-b.service`]: oddService,
      [`${etc}/service.d/1.conf`]: odd,
      [`${etc}/a-.service.d/1.conf`]: odd,
      [`${lib}/a-b.service.d/1.conf`]: odd,
      [`${etc}/service.d/2.conf`]: odd,
      [`${lib}/a-.service.d/2.conf`]: odd,
      [`${etc}/service.d/3.conf`]: odd,
    },
  ],
  [
    'a template for its instance, and the drop-ins of all shorter names',
    'a-b@x-y.service',
    {
      [`${etc}/a-b@.service`]: oddService,
      [`${etc}/a-b@x-y.service.d/1.conf`]: odd,
      [`${etc}/a-b@.service.d/2.conf`]: odd,
      [`${etc}/a-@x-y.service.d/3.conf`]: odd,
      [`${etc}/a-@.service.d/4.conf`]: odd,
      [`${etc}/a-.service.d/5.conf`]: odd,
      [`${etc}/a-@x-y.service.d/6.conf`]: odd,
      [`${etc}/a-.service.d/6.conf`]: odd,
      [`${etc}/a-b@x-.service.d/7.conf`]: odd,
    },
  ],
  [
    'an instance of its own before the template',
    'a@x.service',
    { [`${lib}/a@x.service`]: oddService, [`${etc}/a@.service`]: oddService },
  ],
  [
    'dashes at both ends',
    '-a--b-.service',
    {
      [`${etc}/-a--b-.service`]: oddService,
      [`${etc}/-.service.d/1.conf`]: odd,
      [`${etc}/-a-.service.d/1.conf`]: odd,
      [`${etc}/-a-.service.d/2.conf`]: odd,
      [`${etc}/-a--.service.d/2.conf`]: odd,
      [`${etc}/-.service.d/3.conf`]: odd,
    },
  ],
  [
    'drop-ins that are masked, by a link and by an empty file',
    'a.service',
    {
      [`${etc}/a.service`]: oddService,
      [`${etc}/a.service.d/1.conf`]: '-> /dev/null',
      [`${lib}/a.service.d/1.conf`]: odd,
      [`${etc}/a.service.d/2.conf`]: '',
      [`${lib}/a.service.d/2.conf`]: odd,
      [`${lib}/a.service.d/3.conf`]: odd,
    },
  ],
  [
    'an alias, whose drop-ins hold as well',
    'b.service',
    {
      [`${lib}/a.service`]: oddService,
      [`${etc}/b.service`]: '-> a.service',
      [`${etc}/b.service.d/1.conf`]: odd,
      [`${etc}/a.service.d/2.conf`]: odd,
    },
  ],
  [
    'an alias of a template',
    'b@x.service',
    {
      [`${etc}/a@.service`]: oddService,
      [`${etc}/b@.service`]: '-> a@.service',
      [`${etc}/a@x.service.d/1.conf`]: odd,
      [`${etc}/b@.service.d/2.conf`]: odd,
    },
  ],
  [
    'an alias of one instance',
    'b@x.service',
    { [`${etc}/a@.service`]: oddService, [`${etc}/b@x.service`]: '-> a@.service' },
  ],
];

test('systemd reads the same files in the same order', () => {
  if (!hasSystemdAnalyze) return;
  for (const [what, unit, tree] of cases) {
    const { sources } = new UnitDefinitions(unitFiles(tree)).of(unit);
    const isRead = (path: string): boolean => tree[path] !== '' && tree[path] !== '-> /dev/null';
    assert.equal(sources.filter(isRead), readBySystemd(tree, unit), what);
  }
});

test('a drop-in takes back what the unit says', () => {
  const files = unitFiles({
    [`${lib}/a.service`]: '[Service]\nExecStart=/bin/a\n',
    [`${etc}/a.service.d/x.conf`]: '[Service]\nExecStart=\nExecStart=/bin/b\n',
  });
  const { text } = new UnitDefinitions(files).of('a.service');
  assert.equal(valuesOf(text, 'Service', 'ExecStart'), ['/bin/b']);
});

test('a link into another tree is a unit of its own, whatever its name is there', () => {
  const files = unitFiles({
    [`${etc}/b.service`]: '-> /etc/static/systemd/system/a.service',
    '/etc/static/systemd/system/a.service': oddService,
    [`${etc}/a.service`]: oddService,
  });
  const { name, state } = new UnitDefinitions(files).of('b.service');
  assert.equal([name, state], ['b.service', 'present']);
});

test('what masks a unit, and what leads nowhere', () => {
  const known = new UnitDefinitions(
    unitFiles({
      [`${etc}/null.service`]: '-> /dev/null',
      [`${lib}/null.service`]: oddService,
      [`${etc}/up.service`]: '-> ../../../dev/null',
      [`${etc}/empty.service`]: '',
      [`${etc}/static.service`]: '-> /etc/static/x',
      '/etc/static/x': '-> /dev/null',
      [`${etc}/gone.service`]: '-> /nowhere',
      [`${etc}/one.service`]: '-> two.service',
      [`${etc}/two.service`]: '-> three.service',
      [`${etc}/three.service`]: '-> one.service',
      [`${etc}/t@.service`]: '-> u@.service',
      [`${etc}/u@.service`]: '-> t@.service',
      [`${etc}/self.service`]: '-> self.service',
    }),
  );
  for (const unit of ['null', 'up', 'empty', 'static']) {
    assert.is(known.of(`${unit}.service`).state, 'masked', unit);
  }
  for (const unit of ['gone', 'one', 'two', 'three', 't@x', 'self', 'none', 'none@x']) {
    assert.is(known.of(`${unit}.service`).state, 'absent', unit);
  }
});

test('what a unit pulls in', () => {
  const known = new UnitDefinitions(
    unitFiles({
      [`${lib}/a@.target`]: '[Unit]\nWants=one.service two@%i.service\nRequires=%H.service\n',
      [`${etc}/a@.target.wants/three@.service`]: '-> ../three@.service',
      [`${etc}/a@x.target.requires/four.service`]: '-> /nowhere/four.service',
      [`${lib}/a@.target.upholds/five.service`]: '-> ../five.service',
      [`${etc}/a@.target.wants/six.service`]: '-> /dev/null',
      [`${lib}/a@.target.wants/six.service`]: '-> ../six.service',
      [`${etc}/a@.target.wants/README`]: 'no unit',
      [`${etc}/a@.target.d/x.conf`]: '[Unit]\nWants=seven.service',
    }),
  );
  const { pulledIn } = known.of('a@x.target');
  assert.equal(
    [...pulledIn].toSorted(),
    ['five', 'four', 'one', 'seven', 'three@x', 'two@x'].map(name => `${name}.service`),
  );
});

test('a name of dashes only takes no time', () => {
  const unit = `${'-'.repeat(200)}@${'x'.repeat(40)}.service`;
  assert.is(new UnitDefinitions(unitFiles({})).of(unit).state, 'absent');
});

test.run();
