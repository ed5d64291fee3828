// Takes and gives back the lock of a root many times; alone in between, or it says so. With
// `stale` each leaves the lock of somebody dead behind, for all to steal.
import * as fs from 'node:fs';
import { GenctlError } from '../../src/errors.ts';
import { Lock } from '../../src/host/lock.ts';
import { Root } from '../../src/host/root.ts';

const [rootPath = '', rounds = '0', leave] = process.argv.slice(2);
using root = new Root(rootPath);
let held = 0;
while (held < Number(rounds)) {
  try {
    using _lock = Lock.take(root, 'test');
    // Fails where somebody else is between these two lines.
    fs.mkdirSync(`${rootPath}/inside`);
    fs.rmdirSync(`${rootPath}/inside`);
    held += 1;
    if (leave === 'stale')
      fs.writeFileSync(`${rootPath}/run/genctl/lock`, `dead ${process.pid} ${held}`);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError) || thrown.code !== 'LOCKED') throw thrown;
  }
}
