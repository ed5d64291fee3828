// genctl and `activate` killed within a switch of a running Debian, and the power cut: whatever
// they were at, the machine is in the old state or in the new one, in all its parts. (The seed:
// GENCTL_SEED.)
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SeededRandom } from '../boot/seeded-random.ts';
import {
  type BootSaid,
  bootAndListen,
  debianConf,
  declareFile,
  makeDebianMachine,
  scriptFolder,
} from './debian/debian-machine.ts';
import { vmTest } from './vm-test.ts';

interface Kill {
  readonly victim: 'genctl' | 'activate';
  /** From when the transaction, or `activate`, has begun. */
  readonly milliseconds: number;
  /** The power is cut at once, or when what has survived has recovered the machine. */
  readonly cut: 'at-once' | 'settled';
}

const seed = Number(process.env['GENCTL_SEED'] ?? 1);
const random = new SeededRandom(seed);

/** Within about as long as a transaction takes here: its halves, and `activate` in between. */
const kills: readonly Kill[] = [
  { victim: 'genctl', milliseconds: random.below(4000), cut: 'at-once' },
  { victim: 'activate', milliseconds: random.below(600), cut: 'at-once' },
  { victim: 'genctl', milliseconds: 4000 + random.below(8000), cut: 'settled' },
];

const version = 'version-1\n';
const numbers = Array.from({ length: 12 }, (_, index) => index);

/** Links, copies, names that come and go, and a service: each tells its version. */
const declared: Readonly<Record<string, string>> = {
  'system.conf': [
    debianConf(),
    '[gc]\nkeep = 10\n',
    ...['marker', ...numbers.map(number => `copies/${number}`)].map(
      path => `[etc "${path}"]\nmode = 0644\n`,
    ),
  ].join('\n'),
  'etc/marker': version,
  'etc/linked': version,
  ...Object.fromEntries(numbers.map(number => [`etc/copies/${number}`, version])),
  ...Object.fromEntries(numbers.map(number => [`etc/of-version-1/${number}`, version])),
  'etc/systemd/system-preset/50-machine.preset': 'enable *\n',
  'etc/systemd/system/tracked.service': `[Service]
Environment=DEFINITION=version-1
ExecStart=/usr/bin/sleep infinity
[Install]
WantedBy=multi-user.target
`,
};

vmTest('killed within a switch, the machine is in the old state or the new one', async () => {
  await using machine = await makeDebianMachine(['kill.sh', 'kill.sh', 'kill.sh', 'kill.sh']);
  for (const [path, text] of Object.entries(declared)) {
    await declareFile(machine.root, path, text);
  }
  const lines = kills.map(kill => `${kill.victim} ${kill.milliseconds} ${kill.cut}\n`);
  await writeFile(join(machine.root, scriptFolder, 'kills'), lines.join(''));
  await machine.genctl('loader', 'install');
  await machine.genctl('switch');
  await machine.writeImage({ freeMiB: 384 });

  let said = await bootAndListen(machine);
  let now = assertWhole(said, 'booted', ['version-1']);
  for (const { victim, milliseconds, cut } of kills) {
    const next = said.values.get('next');
    assert.type(next, 'string', said.about);
    const either = [now, next ?? ''];
    // What is said live is the state that the machine comes up in, too.
    const settled = cut === 'settled' ? [assertWhole(said, 'live', either)] : either;
    said = await bootAndListen(machine);
    now = assertWhole(said, 'booted', settled);
    assert.match(said.values.get('recover-said') ?? '', /"recovered":\s*null/, said.about);
    const state = now === next ? 'the new state' : 'the old state';
    process.stdout.write(`seed ${seed}: ${victim} killed after ${milliseconds} ms: ${state}\n`);
  }
});

/** Every part of the machine is of the same version, one of those that it may be. */
function assertWhole(
  { values, about }: BootSaid,
  moment: 'booted' | 'live',
  allowed: readonly string[],
): string {
  const told = (name: string): string => values.get(`${moment}-${name}`) ?? '';
  const found = told('version');
  assert.ok(allowed.includes(found), `${found} is none of ${allowed.join(', ')}; ${about}`);
  const parts = ['linked', 'unit', 'default', 'profile', 'active'];
  for (const part of parts) assert.is(told(part), found, `${part}; ${about}`);
  assert.is(told('etc'), 'whole', about);
  assert.is(told('reload-needed'), 'no', about);
  assert.is(told('journal'), 'gone', about);
  assert.is(values.get('state'), 'running', about);
  return found;
}

test.run();
