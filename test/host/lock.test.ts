import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const child = fileURLToPath(new URL('lock-child.ts', import.meta.url));

test('a lock that many take and give back is held by one at a time', async () => {
  const root = fs.mkdtempSync(path.join(base, 'genctl-lock-'));
  try {
    const endings = Array.from({ length: 3 }, () => {
      const args = ['--import', 'tsx', child, root, '400'];
      const running = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      let stderr = '';
      running.stderr.setEncoding('utf8').on('data', (piece: string) => {
        stderr += piece;
      });
      return new Promise<string>(resolve => {
        running.on('close', code => resolve(`${code} ${stderr}`));
      });
    });
    for (const ending of await Promise.all(endings)) assert.is(ending, '0 ');
    assert.equal(fs.readdirSync(`${root}/run/genctl`), []);
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
});

test.run();
