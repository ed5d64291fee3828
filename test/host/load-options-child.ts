// Run in a mount namespace of its own, where /sys is empty but for the folder of a firmware's
// variables: makes two entries, changes one of them and prints what there is then.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { GenctlError } from '../../src/errors.ts';
import { deleteLoadOption, pointLoadOption, readLoadOptions } from '../../src/host/load-options.ts';
import { Root } from '../../src/host/root.ts';
import { loadOption } from './load-option-bytes.ts';

const [deed, script = ':'] = process.argv.slice(2);

function fileOf(name: string): string {
  return `/sys/firmware/efi/efivars/${name}-8be4df61-93ca-11d2-aa0d-00e098032b8c`;
}

function make(name: string, content: Buffer): void {
  fs.writeFileSync(fileOf(name), Buffer.concat([Buffer.from([7, 0, 0, 0]), content]));
}

make('Boot0003', loadOption('genctl', String.raw`\EFI\genctl\grubx64.efi`));
make('Boot000A', loadOption('debian', String.raw`\EFI\debian\shimx64.efi`));
make('BootOrder', Buffer.from([0x0a, 0, 3, 0]));
execFileSync('sh', ['-c', script]);

using root = new Root('/');
let error: { code: string; hint: string | undefined } | undefined;
try {
  const to = { description: 'genctl', path: 'EFI/genctl-b/grubx64.efi' };
  if (deed === 'point') await pointLoadOption(root, '0003', to);
  else await deleteLoadOption(root, '0003');
} catch (thrown) {
  if (!(thrown instanceof GenctlError)) throw thrown;
  error = { code: thrown.code, hint: thrown.hint };
}
const entries = readLoadOptions(root)
  .toSorted((left, right) => (left.number < right.number ? -1 : 1))
  .map(({ number, path }) => [number, path]);
const order = fs.readFileSync(fileOf('BootOrder')).subarray(4).toString('hex');
process.stdout.write(JSON.stringify({ entries, order, error }));
