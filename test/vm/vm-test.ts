// Tests that need a virtual machine: skipped, counted and named where there can be none.
import { test } from 'uvu';
import { lackingForBoots, lackingForImages } from './prerequisites.ts';
import { findTool } from './run-tool.ts';

/**
 * Registers a test like uvu's `test`, or as skipped with the packages that it lacks.
 * `alsoNeeds` names further programs with the Debian package of each.
 */
export function vmTest(
  name: string,
  body: () => Promise<void>,
  alsoNeeds: Readonly<Record<string, string>> = {},
): void {
  const lacking = [
    ...lackingForImages(),
    ...lackingForBoots(),
    ...Object.keys(alsoNeeds).flatMap(tool => (findTool(tool) ? [] : (alsoNeeds[tool] ?? tool))),
  ];
  if (lacking.length === 0) {
    test(name, body);
    return;
  }
  process.stdout.write(`skipped: ${name}: missing ${lacking.join(' ')}\n`);
  test.skip(name, body);
}
