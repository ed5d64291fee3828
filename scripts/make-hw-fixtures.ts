// Writes hw-fixtures/NAME/capture.tar.gz of the machines that are described by hand. The same
// descriptions always give the same bytes; test/hardware/hand-built/committed.test.ts checks them.
import { writeFileSync } from 'node:fs';
import { handBuiltMachines } from '../hw-fixtures/machines.ts';
import { captureOf } from '../test/hardware/hand-built/words.ts';

for (const [name, machine] of Object.entries(handBuiltMachines)) {
  const capture = captureOf(machine);
  writeFileSync(new URL(`../hw-fixtures/${name}/capture.tar.gz`, import.meta.url), capture);
  console.log(`${name}: ${capture.length} bytes`);
}
