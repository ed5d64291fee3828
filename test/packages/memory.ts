import * as fs from 'node:fs';
import * as os from 'node:os';

/** Where tests keep what has thousands of files, which are written and read several times. */
export const memory: string = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
