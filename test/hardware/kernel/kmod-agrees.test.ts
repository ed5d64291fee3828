import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readKernelModules } from '../../../src/hardware/kernel/read-kernel-modules.ts';
import { SeededRandom } from '../../boot/seeded-random.ts';

const modprobe = ['/usr/sbin/modprobe', '/sbin/modprobe'].find(path => existsSync(path));
const top = new URL('../../../hw-fixtures/kernel/', import.meta.url).pathname;
const folders = `${top}lib/modules`;
const [release] = existsSync(folders) ? readdirSync(folders) : [];
const canAsk = modprobe !== undefined && release !== undefined;

const random = new SeededRandom(20_260_401);

/** A modalias that a pattern means, or nearly: one character of some is another. */
function filled(pattern: string): string {
  const alias = pattern
    .replace(/\[([^\]])[^\]]*\]/g, '$1')
    .replace(/[*?]/g, wildcard =>
      wildcard === '?'
        ? '7'
        : random.text(random.below(4) > 0 ? '0123456789ABCDEF' : '0F:dsvbci*[]-', 6),
    );
  if (random.below(3) > 0) return alias;
  const at = random.below(alias.length + 1);
  return `${alias.slice(0, at)}${random.pick(['0', 'F', '-', '*', ''])}${alias.slice(at + 1)}`;
}

/**
 * What modprobe(8) finds for each alias. Its own index of modules.alias is not among the fixtures,
 * but a modules.alias is a configuration of modprobe's too.
 */
function resolvedByKmod(aliases: readonly string[], version: string): readonly string[][] {
  const folder = mkdtempSync(`${tmpdir()}/genctl-kmod-`);
  try {
    cpSync(`${folders}/${version}/modules.alias`, `${folder}/a.conf`);
    writeFileSync(`${folder}/b.conf`, 'alias genctl_next genctl_next_alias\n');
    const { stdout } = spawnSync(
      modprobe ?? '',
      [`--config=${folder}`, `--dirname=${top}`, `--set-version=${version}`].concat(
        ['--all', '--resolve-alias', '--'],
        aliases.flatMap(alias => [alias, 'genctl_next']),
      ),
      { encoding: 'latin1' },
    );
    return stdout
      .split('genctl_next_alias\n')
      .slice(0, -1)
      .map(lines => [...new Set(lines.split('\n').filter(line => line !== ''))]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const title = 'what drives a device is what modprobe would load for it';
if (canAsk) test(title, compareWithKmod);
else test.skip(title);

function compareWithKmod(): void {
  const version = release ?? '';
  const read = (name: string): Uint8Array | undefined =>
    name === 'modules.builtin.modinfo' || !existsSync(`${folders}/${version}/${name}`)
      ? undefined
      : readFileSync(`${folders}/${version}/${name}`);
  const kernel = readKernelModules(read, version);
  const patterns = readFileSync(`${folders}/${version}/modules.alias`, 'latin1')
    .split('\n')
    .flatMap(line => /^alias (\S+) /.exec(line)?.[1] ?? []);
  const aliases = Array.from({ length: 400 }, () =>
    filled(patterns[random.below(patterns.length)] ?? ''),
  ).filter(alias => alias !== '' && kernel?.find(alias) === undefined);
  const expected = resolvedByKmod(aliases, version);
  assert.is(expected.length, aliases.length);
  assert.ok(expected.filter(modules => modules.length > 0).length > 150, 'most mean something');
  for (const [at, alias] of aliases.entries()) {
    assert.equal(kernel?.modulesFor(alias), expected[at], alias);
  }
}

test.run();
