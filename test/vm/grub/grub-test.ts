// Tests of machines that boot through GRUB: skipped, counted and named where GRUB is lacking.
import { existsSync } from 'node:fs';
import { test } from 'uvu';
import { vmTest } from '../vm-test.ts';

/** Whose folder is missing, and whose package that is. */
const platforms: Readonly<Record<string, string>> = {
  '/usr/lib/grub/i386-pc/modinfo.sh': 'grub-pc-bin',
  '/usr/lib/grub/x86_64-efi/modinfo.sh': 'grub-efi-amd64-bin',
};

/** Registers a test as `vmTest` does; `alsoNeeds` names further programs, with their packages. */
export function grubTest(
  name: string,
  body: () => Promise<void>,
  alsoNeeds: Readonly<Record<string, string>> = {},
): void {
  const lacking = Object.entries(platforms).flatMap(([path, packageName]) =>
    existsSync(path) ? [] : [packageName],
  );
  if (lacking.length === 0) {
    vmTest(name, body, { 'grub-install': 'grub2-common', ...alsoNeeds });
    return;
  }
  process.stdout.write(`skipped: ${name}: missing ${lacking.join(' ')}\n`);
  test.skip(name, body);
}
