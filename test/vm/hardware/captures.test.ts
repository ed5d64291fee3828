import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../../src/hardware/facts/facts.ts';
import { readFacts } from '../../../src/hardware/facts/read-facts.ts';
import { openSource } from '../../../src/hardware/sources/open-source.ts';
import { toStandardError } from '../parts.ts';
import { vmTest } from '../vm-test.ts';
import { secrets } from './capture-machines.ts';
import { captureOf, probeInside } from './capture-of.ts';

const fixtures = fileURLToPath(new URL('../../../hw-fixtures/', import.meta.url));
const needs = { depmod: 'kmod' };

/** What does not change when Debian's kernel does, or QEMU, or when the firmware is another build. */
function lasting({ kernel, loadedModules, cpu, dmi, unknown, mounts, ...rest }: Facts): object {
  assert.ok(kernel.release !== null && loadedModules.length > 10 && cpu.count > 0);
  assert.ok(dmi !== null && unknown.length > 0);
  // What fits into memory depends on how large the kernel is.
  const isSize = (option: string): boolean => option.startsWith('nr_inodes=');
  const sized = mounts.map(mount => ({
    ...mount,
    superOptions: mount.superOptions.filter(option => !isSize(option)),
  }));
  return { ...rest, mounts: sized };
}

function factsOf(bytes: Uint8Array): Facts {
  return readFacts(openSource(bytes, 'capture'));
}

/** Where two documents differ, one line each: a deep comparison of thousands of lines takes minutes. */
function differences(left: unknown, right: unknown, place = ''): string[] {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return Object.is(left, right) ? [] : [`${place}: ${String(left)} is ${String(right)}`];
  }
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap(key =>
    differences(Reflect.get(left, key), Reflect.get(right, key), `${place}/${key}`),
  );
}

vmTest(
  'a machine that is made and captured anew is the one among the fixtures, and keeps its secrets',
  async () => {
    const capture = await captureOf('qemu-luks-on-lvm', toStandardError);
    const committed = readFileSync(`${fixtures}qemu-luks-on-lvm/capture.tar.gz`);
    assert.equal(differences(lasting(factsOf(capture)), lasting(factsOf(committed))), []);
    const text = JSON.stringify(factsOf(capture));
    for (const secret of Object.values(secrets)) assert.not.ok(text.includes(secret), secret);
  },
  needs,
);

vmTest(
  'genctl inside a machine says what the script outside says of it',
  async () => {
    const { capture, answers } = await probeInside('qemu-nvme-btrfs', toStandardError);
    const [live, captured] = answers.map(text => JSON.parse(text) as { facts: Facts });
    assert.ok(live && captured, answers.join('\n').slice(0, 500));
    const script = factsOf(capture);
    // What redaction takes away: names in /dev/disk/by-id, the host's name on the command line.
    const named = (facts: Facts): object => ({
      ...facts,
      unknown: [],
      kernel: facts.kernel.release,
      blockDevices: facts.blockDevices.map(block => ({
        ...block,
        links: block.links.filter(link => !link.startsWith('disk/by-id/')),
      })),
    });
    const modules = (facts: Facts): object => ({ ...named(facts), loadedModules: [] });
    assert.equal(differences(named(captured.facts), named(script)), []);
    assert.equal(differences(modules(live.facts), modules(script)), []);
  },
  needs,
);

test.run();
