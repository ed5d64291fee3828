// What an exchange of /usr does to what systemd and its units read, by the files of both.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { liveUnitFiles } from '../../../src/activation/units/live-unit-files.ts';
import type { ObservedUnit } from '../../../src/activation/units/observed-unit.ts';
import type { UnitFile } from '../../../src/activation/units/unit-files.ts';
import { placedUsrFiles } from '../../../src/commands/machine/activation/placed-usr-files.ts';
import {
  isManagerRenewed,
  renewedServices,
} from '../../../src/commands/machine/activation/renewed-services.ts';
import { Root } from '../../../src/host/root.ts';

const tree = '/nix/store/tree';
const units = '/usr/lib/systemd/system';

/** A machine with one /usr mounted and another one in its store; `=` stands for the same file. */
class Machine implements Disposable {
  readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-usr-'));
  readonly root = new Root(this.#folder);

  constructor(
    files: Readonly<Record<string, readonly [now: string | undefined, future?: string]>>,
  ) {
    fs.mkdirSync(this.#at('/usr/lib'), { recursive: true });
    fs.symlinkSync('usr/lib', this.#at('/lib'));
    for (const [file, [now, future]] of Object.entries(files)) {
      this.#write(file, now);
      if (future !== '=') this.#write(`${tree}${file}`, future);
      else {
        fs.mkdirSync(path.dirname(this.#at(`${tree}${file}`)), { recursive: true });
        fs.linkSync(this.#at(file), this.#at(`${tree}${file}`));
      }
    }
  }

  #write(file: string, text: string | undefined): void {
    if (text === undefined) return;
    fs.mkdirSync(path.dirname(this.#at(file)), { recursive: true });
    if (text.startsWith('-> ')) fs.symlinkSync(text.slice(3), this.#at(file));
    else fs.writeFileSync(this.#at(file), text);
  }

  #at(logicalPath: string): string {
    return this.#folder + logicalPath;
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    fs.rmSync(this.#folder, { recursive: true });
  }
}

test('only what differs is placed or removed, under both names that systemd looks for', () => {
  using machine = new Machine({
    [`${units}/same.service`]: ['same', '='],
    [`${units}/equal.service`]: ['equal', 'equal'],
    [`${units}/other.service`]: ['old', 'new'],
    [`${units}/gone.service`]: ['old'],
    [`${units}/come.service`]: [undefined, 'new'],
    [`${units}/a.service.d/come.conf`]: [undefined, 'new'],
    [`${units}/alias.service`]: ['-> same.service', '-> /usr/lib/systemd/system/come.service'],
    '/usr/lib/sysusers.d/a.conf': ['u a', 'u b'],
    '/usr/lib/modules/6.1/a.conf': ['old', 'new'],
    '/usr/share/doc/a': ['old', 'new'],
  });
  const { placed, removed } = placedUsrFiles(machine.root, tree);
  const said = (file: UnitFile): string => (file.kind === 'link' ? `-> ${file.text}` : file.text);
  const shown = [...placed].map(([file, content]) => `${file}: ${said(content)}`);
  const twice = (name: string, text: string): string[] => [
    `${units}/${name}: ${text}`,
    `/lib/systemd/system/${name}: ${text}`,
  ];
  assert.equal(
    shown.toSorted(),
    [
      ...twice('other.service', 'new'),
      ...twice('come.service', 'new'),
      ...twice('a.service.d/come.conf', 'new'),
      ...twice('alias.service', '-> new'),
      '/usr/lib/sysusers.d/a.conf: u b',
    ].toSorted(),
  );
  assert.equal([...removed], [`${units}/gone.service`, '/lib/systemd/system/gone.service']);
});

test('a service is renewed when the program that it runs as is another one', () => {
  const program = (name: string): string => `[Service]\nExecStart=-/usr/bin/${name} --now\n`;
  using machine = new Machine({
    '/usr/bin/same': ['same', '='],
    '/usr/bin/equal': ['equal', 'equal'],
    '/usr/bin/other': ['old', 'new'],
    '/usr/bin/longer': ['old', 'longer'],
    '/usr/bin/gone': ['old'],
    '/usr/bin/linked': ['-> other', '-> other'],
    '/usr/lib/systemd/systemd': ['old', 'new'],
    ...Object.fromEntries(
      ['same', 'equal', 'other', 'longer', 'gone', 'linked', 'once'].map(name => [
        `${units}/${name}.service`,
        [program(name === 'once' ? 'other' : name), '='] as const,
      ]),
    ),
  });
  const states = ['same', 'equal', 'other', 'longer', 'gone', 'linked', 'once'].map(name => ({
    name: `${name}.service`,
    sub: name === 'once' ? 'exited' : 'running',
  }));
  const now = liveUnitFiles(machine.root);
  const renewed = renewedServices(machine.root, tree, now, states as unknown as ObservedUnit[]);
  assert.equal([...renewed], ['other.service', 'longer.service', 'linked.service']);
  assert.ok(isManagerRenewed(machine.root, tree));
});

test.run();
