// A disk image of a whole server boots as it was made.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { keepPackages } from '../../packages/real-packages.ts';
import { declareDebian, generationsTest, makeEmptyMachine } from './declare-debian.ts';
import { Said } from './said.ts';

/** Services, and enough besides that there are 190 packages with what they depend on. */
const packages = [
  'bind9-dnsutils',
  'cron',
  'curl',
  'less',
  'lsof',
  'nginx-light',
  'rsync',
  'rsyslog',
  'sudo',
  'tmux',
  'tree',
];

/** A user who may do anything. */
const declared: Readonly<Record<string, string>> = {
  'etc/sysusers.d/ada.conf': 'u ada 1000 "Ada" /home/ada /bin/bash\n',
  'etc/sudoers.d/ada': 'ada ALL=(ALL) NOPASSWD: ALL\n',
};

generationsTest(
  'an image of 190 packages boots, and its services run',
  async () => {
    await using machine = await makeEmptyMachine();
    const { root, image } = machine;
    await declareDebian(root, { packages, motd: 'from an image' }, ['first-boot.sh']);
    for (const [path, text] of Object.entries(declared)) {
      const target = join(root, 'etc/genctl', path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
    await machine.genctl('image', '--size', '2G', image);
    keepPackages(root);
    const { facts } = await machine.boot();
    const said = new Said(facts.hook);
    said.isRunning();
    said.is('motd', 'from an image');
    assert.ok(Number(said.value('packages')) >= 190, facts.hook);
    for (const service of ['cron', 'nginx', 'ssh']) said.is(service, 'active');
    said.matches('nginx-answers', /^HTTP\/1\.1 200 OK/);
    said.is('sudo', '0');
    said.is('takes--usr', 'Read-only file system');
    said.is('takes--home', 'yes');
    said.is('su-usr', '0');
    said.is('ping-usr', '0');
  },
  { sfdisk: 'fdisk' },
);

test.run();
