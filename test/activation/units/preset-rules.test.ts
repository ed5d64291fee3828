import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installLinks } from '../../../src/activation/units/install-links.ts';
import {
  parsePresets,
  presetRuleFor,
  presetRules,
  unitsEnabledBy,
} from '../../../src/activation/units/preset-rules.ts';
import { hasSystemctl, presetBySystemd } from './real-systemd.ts';
import { type Tree, unitFiles } from './unit-tree.ts';

const install = '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=x.target\n';
const presets = '/etc/systemd/system-preset';

/** Units whose rules systemd and we look for, in each of the trees. */
const units = ['a.service', 'b.service', 'ab.service', 'a-b.timer', 't@.service', 't@one.service'];
const unitTree: Tree = Object.fromEntries(
  units.slice(0, -1).map(unit => [`/etc/systemd/system/${unit}`, install]),
);

const cases: readonly [what: string, tree: Tree][] = [
  ['no rule at all', {}],
  ['off by default', { [`${presets}/99-x.preset`]: 'disable *\n' }],
  [
    'the first rule, by the names of files over all folders',
    {
      [`${presets}/50-x.preset`]:
        'enable a.service\n# enable b.service\n ; x\n\tdisable\tb.service  \n',
      '/usr/lib/systemd/system-preset/10-x.preset': 'disable a.service\n',
      '/usr/lib/systemd/system-preset/90-x.preset': 'enable *\n',
    },
  ],
  [
    'a file of a nearer folder, or nothing, in place of another',
    {
      [`${presets}/10-x.preset`]: '-> /dev/null',
      '/usr/lib/systemd/system-preset/10-x.preset': 'disable *\n',
      '/run/systemd/system-preset/20-x.preset': 'disable a*\n',
      '/usr/lib/systemd/system-preset/20-x.preset': 'disable b*\n',
      [`${presets}/30-x.conf`]: 'disable *',
    },
  ],
  ['patterns', { [`${presets}/1.preset`]: 'enable ?b.service\nenable [!b-z]-*\ndisable *\n' }],
  ['more patterns', { [`${presets}/1.preset`]: 'disable [a]*[re]\nenable [ab\ndisable *.*er\n' }],
  ['instances', { [`${presets}/1.preset`]: 'enable t@.service one two\ndisable *\n' }],
  ['an instance', { [`${presets}/1.preset`]: 'enable t@one.service\ndisable t@*\n' }],
  [
    'lines that say nothing',
    {
      [`${presets}/1.preset`]:
        'enabled a.service\nENABLE a.service\ndisable a.service b.service\n\ndisable\ndisable b.service',
    },
  ],
];

test('the links are those that systemctl preset makes', () => {
  if (!hasSystemctl) return;
  for (const [what, rulesTree] of cases) {
    const tree = { ...unitTree, ...rulesTree };
    const files = unitFiles(tree);
    const rules = presetRules(files);
    for (const unit of units) {
      const rule = presetRuleFor(rules, unit) ?? { action: 'enable', pattern: unit, instances: [] };
      const { links } = installLinks(files, unitsEnabledBy(rule, unit));
      const ours = Object.fromEntries(links.map(({ path, target }) => [path, target]));
      assert.equal(ours, presetBySystemd(tree, unit), `${what}: ${unit}`);
    }
  }
});

test('hostile patterns and lines take no time', () => {
  const rules = parsePresets(`enable ${'*a'.repeat(5_000)}b\n${'disable [\n'.repeat(10_000)}\0`);
  assert.is(presetRuleFor(rules, 'a'.repeat(255)), undefined);
});

test.run();
