import * as fs from 'node:fs';
import * as path from 'node:path';
import { profileFolder, type RunOptions, type Sandbox } from './sandbox.ts';

/** Lets genctl believe that it is another moment: what it says of ages is the same each day. */
export function atMoment(sandbox: Sandbox, moment: string): RunOptions {
  const milliseconds = Date.parse(moment);
  const place = path.join(sandbox.folder, 'clock.cjs');
  fs.writeFileSync(place, `Date.now = () => ${milliseconds};\n`);
  return { env: { NODE_OPTIONS: `--require ${place}` } };
}

/** Dates a generation's link; of the profile `system` unless told. */
export function dateLink(
  sandbox: Sandbox,
  number: number,
  moment: string,
  profile = 'system',
): void {
  const seconds = Date.parse(moment) / 1000;
  const link = `${profileFolder(profile)}/${profile}-${number}-link`;
  fs.lutimesSync(sandbox.at(link), seconds, seconds);
}

/** Points one of the links by which a running machine says what it runs. */
export function runs(
  sandbox: Sandbox,
  name: 'booted-system' | 'current-system',
  number: number,
): void {
  fs.mkdirSync(sandbox.at('/run'), { recursive: true });
  fs.rmSync(sandbox.at(`/run/${name}`), { force: true });
  fs.symlinkSync(sandbox.target(number), sandbox.at(`/run/${name}`));
}
