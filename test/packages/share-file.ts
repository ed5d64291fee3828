import * as fs from 'node:fs';

/** Gives a file a second place: the same file, or a copy where it cannot be. */
export function shareFile(from: string, to: string): void {
  if (fs.existsSync(to)) return;
  try {
    fs.linkSync(from, to);
  } catch {
    // Another run may make the same one at this moment: it is there whole, or not at all.
    const draft = `${to}.${process.pid}`;
    fs.copyFileSync(from, draft);
    fs.renameSync(draft, to);
  }
}
