import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import type { UnitFile, UnitFiles } from '../../../src/activation/units/unit-files.ts';

/** Files by absolute path: a text, or `-> TARGET` for a link. */
export type Tree = Readonly<Record<string, string>>;

/** Unit files that are only in memory. */
export function unitFiles(tree: Tree): UnitFiles {
  const paths = Object.keys(tree);
  const at = (path: string): UnitFile | undefined => {
    const text = tree[path];
    if (text === undefined) return undefined;
    return isLink(text)
      ? { kind: 'link', target: targetOf(text), text: endOf(path) }
      : { kind: 'file', text };
  };
  const endOf = (path: string, left = 40): string | undefined => {
    const text = tree[path];
    if (path === '/dev/null') return '';
    if (text === undefined || !isLink(text)) return text;
    return left === 0 ? undefined : endOf(posix.resolve(dirname(path), targetOf(text)), left - 1);
  };
  return {
    names: folder => {
      const inside = paths.filter(path => path.startsWith(`${folder}/`));
      return [
        ...new Set(inside.map(path => path.slice(folder.length + 1).split('/')[0] ?? '')),
      ].toSorted();
    },
    at,
  };
}

/** The same files below a temporary folder, for systemd's own programs. */
export class UnitRoot implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'genctl-units-'));

  constructor(tree: Tree) {
    for (const [path, text] of Object.entries(tree)) {
      const place = join(this.path, path);
      mkdirSync(dirname(place), { recursive: true });
      if (isLink(text)) symlinkSync(targetOf(text), place);
      else writeFileSync(place, text);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

function isLink(text: string): boolean {
  return text.startsWith('-> ');
}

function targetOf(text: string): string {
  return text.slice('-> '.length);
}
