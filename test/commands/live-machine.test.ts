// The running machine itself, as far as a chroot in a mount namespace can be one.

import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { canBeLive, liveNeeds, onLive } from './on-live.ts';
import { Sandbox } from './sandbox.ts';
import { testWhere } from './test-where.ts';

testWhere(
  canBeLive,
  liveNeeds,
  'the live machine has a store of its own, however it is called',
  () => {
    using sandbox = Sandbox.with(1);
    for (const root of ['//', '/.', '/usr/..']) {
      sandbox.declare({ label: `of ${root}` });
      assert.match(
        onLive(sandbox, `genctl --root ${root} build`),
        /^\/nix\/store\/.*\n= 0\n$/,
        root,
      );
    }
  },
);

testWhere(canBeLive, liveNeeds, 'a user is told that the store takes root, in words', () => {
  using sandbox = Sandbox.with(2);
  fs.chmodSync(sandbox.folder, 0o755);
  const output = onLive(sandbox, 'nobody build; nobody list');
  assert.match(
    output,
    /^error\[NOT_ALLOWED\]: \/nix\/store is mounted read-only, .*\nhint: Run genctl as root\.\n= 1\n/,
  );
  assert.match(output, /second[^]*= 0\n$/);
});

testWhere(canBeLive, liveNeeds, 'a dry run that writes nothing needs no view of its own', () => {
  using sandbox = Sandbox.with(2);
  fs.chmodSync(sandbox.folder, 0o755);
  const output = onLive(sandbox, 'nobody gc --keep 1 --dry-run; nobody switch 1 --dry-run');
  // As far as it gets here: the mount is no FAT.
  assert.is(output.split('error[ESP_NOT_FAT]: /boot is ').length, 3, output);
});

testWhere(canBeLive, liveNeeds, 'mounts are found behind links', () => {
  using sandbox = Sandbox.with(1);
  sandbox.declare({ label: 'new' });
  fs.mkdirSync(sandbox.at('/data'));
  for (const name of ['nix', 'boot']) {
    fs.renameSync(sandbox.at(`/${name}`), sandbox.at(`/data/${name}`));
    fs.symlinkSync(`data/${name}`, sandbox.at(`/${name}`));
  }
  const output = onLive(sandbox, 'genctl build; genctl menu sync');
  assert.match(output, /^\/nix\/store\/.*\n= 0\nerror\[ESP_NOT_FAT\]: \/boot is /);
});

test.run();
