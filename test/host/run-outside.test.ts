import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const child = fileURLToPath(new URL('outside-child.ts', import.meta.url));
const canUnshare = spawnSync('unshare', ['--mount', 'true']).status === 0;
const testIfRoot = (name: string, work: () => void): void => {
  if (canUnshare) test(name, work);
  else test.skip(`${name} (needs root and unshare)`, work);
};

/** What is mounted outside at a folder, once the child has mounted something from inside. */
function mountedOutside(launch: string): { seen: string; said: string } {
  const folder = fs.mkdtempSync(join(tmpdir(), 'genctl-outside-'));
  const script = `
mount --make-rprivate /
GENCTL_OUTER_MOUNT_NAMESPACE=$(readlink /proc/self/ns/mnt)
export GENCTL_OUTER_MOUNT_NAMESPACE
${launch}
grep -c " $1 .* - tmpfs outside" /proc/self/mountinfo
`;
  try {
    const words = ['--mount', 'sh', '-c', script, child, folder, process.execPath];
    const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8' });
    return { seen: stdout.trim(), said: stderr };
  } finally {
    fs.rmdirSync(folder);
  }
}

const inside = 'unshare --mount --propagation slave -- "$2" --import tsx "$0" "$1"';

testIfRoot('what is mounted outside is seen by who waits there', () => {
  const { seen, said } = mountedOutside(inside);
  assert.is(seen, '1', said);
});

testIfRoot('where nobody is left outside, nothing is mounted', () => {
  // The shell between has moved on to a view of its own.
  const moved = `unshare --mount sh -c '${inside}; :' "$0" "$1" "$2"`;
  const { seen, said } = mountedOutside(moved);
  assert.is(seen, '0', said);
  assert.match(said, 'the run that waited for this one is gone');
});

test.run();
