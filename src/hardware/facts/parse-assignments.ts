/**
 * Lines of `KEY=value`, as the kernel's `uevent` files and `blkid -o udev` write them. What has no
 * `=` is left out; of one key the first value counts.
 */
export function parseAssignments(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at < 1) continue;
    const key = line.slice(0, at);
    if (!found.has(key)) found.set(key, line.slice(at + 1));
  }
  return found;
}
