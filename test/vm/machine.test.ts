// What is seen of a machine's console does not depend on how soon somebody looks.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Machine } from './machine.ts';
import { readMenu } from './menu.ts';
import { makeWorkFolder } from './work-folder.ts';

const drawn = [
  '\x1b[2J\x1b[3;5H\x1b[30m\x1b[47m  generation 2  ',
  '\x1b[4;5H\x1b[37m\x1b[40m  generation 1  ',
  ...[5, 4, 3, 2, 1].map(seconds => `\x1b[7;5H\x1b[37m\x1b[40mBoot in ${seconds} s.`),
].join('');

test('a menu is read that is gone by the time that somebody looks', async () => {
  await using work = await makeWorkFolder('console');
  const consolePath = join(work.path, 'console');
  const text = `the firmware\r\n${drawn}\x1b[2J\x1b[1;1H${'the kernel\r\n'.repeat(300)}`;
  const argv = ['printf', '%s', text];
  await using machine = new Machine(argv, { factsPath: join(work.path, 'facts'), consolePath });
  while ((await stat(consolePath)).size < text.length) await sleep(10);
  assert.equal(await readMenu(machine), { titles: ['generation 2', 'generation 1'], chosen: 0 });
  await machine.end();
});

test.run();
