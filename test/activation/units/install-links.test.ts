import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installLinks } from '../../../src/activation/units/install-links.ts';
import { enabledBySystemd, hasSystemctl } from './real-systemd.ts';
import { type Tree, unitFiles } from './unit-tree.ts';

const etc = '/etc/systemd/system';
const lib = '/usr/lib/systemd/system';

function unit(install: string): string {
  return `[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n[Install]\n${install}`;
}

/** Trees in which systemd and we enable a unit. */
const cases: readonly [what: string, unit: string, tree: Tree][] = [
  [
    'wanted and required by several',
    'a.service',
    {
      [`${etc}/a.service`]: unit(
        'WantedBy=x.target y.target\nWantedBy=z.target\nRequiredBy=x.target',
      ),
    },
  ],
  ['a unit that lies elsewhere', 'a.service', { [`${lib}/a.service`]: unit('WantedBy=x.target') }],
  [
    'what is taken back',
    'a.service',
    {
      [`${etc}/a.service`]: unit('WantedBy=x.target'),
      [`${etc}/a.service.d/x.conf`]: '[Install]\nWantedBy=\nWantedBy=y.target',
    },
  ],
  [
    'aliases, of which some cannot be',
    'a.service',
    { [`${etc}/a.service`]: unit('Alias=b.service a.service c.socket d@.service d@x.service') },
  ],
  [
    'others that are enabled as well, in a ring',
    'a.service',
    {
      [`${etc}/a.service`]: unit('WantedBy=x.target\nAlso=b.service none.service'),
      [`${etc}/b.service`]: unit('WantedBy=y.target\nAlso=a.service'),
    },
  ],
  [
    'an instance',
    'a-b@x-y.service',
    {
      [`${etc}/a-b@.service`]: unit('WantedBy=w-%i.target n-%p.target %N.target\nAlias=c@.service'),
    },
  ],
  [
    'a template with an instance by default',
    'a@.service',
    {
      [`${etc}/a@.service`]: unit(
        'DefaultInstance=%p1\nWantedBy=w-%i.target x.target\nAlias=c@.service',
      ),
    },
  ],
  [
    'a template that instances of others pull in',
    'a@.service',
    { [`${etc}/a@.service`]: unit('WantedBy=w@.service v@1.service plain.target') },
  ],
  [
    'names out of nowhere',
    'a.service',
    { [`${etc}/a.service`]: unit('WantedBy=../x.target a/b.target x y.nothing %%.target') },
  ],
  ['a masked one', 'a.service', { [`${etc}/a.service`]: '-> /dev/null' }],
  [
    'a timer',
    'a.timer',
    { [`${etc}/a.timer`]: '[Timer]\nOnBootSec=1\n[Install]\nWantedBy=timers.target' },
  ],
];

test('the links are those that systemctl enable makes', () => {
  if (!hasSystemctl) return;
  for (const [what, name, tree] of cases) {
    const { links } = installLinks(unitFiles(tree), [name]);
    const ours = Object.fromEntries(links.map(({ path, target }) => [path, target]));
    assert.equal(ours, enabledBySystemd(tree, name), what);
  }
});

test('what cannot be enabled is said', () => {
  const files = unitFiles({
    [`${etc}/masked.service`]: '-> /dev/null',
    [`${etc}/host.service`]: unit('WantedBy=%H.target\nAlias=x.socket'),
  });
  const { links, problems } = installLinks(files, [
    'masked.service',
    'none.service',
    'host.service',
  ]);
  assert.equal(links, []);
  assert.equal(problems, [
    'masked.service cannot be enabled: it is masked',
    'none.service cannot be enabled: there is no such unit file',
    'host.service: Alias=x.socket is a name of another kind',
    'host.service: WantedBy=%H.target names no unit that is the same on any machine',
  ]);
});

test.run();
