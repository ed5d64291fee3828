import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Tree, UnitRoot } from './unit-tree.ts';

/** Whether systemd's own programs can be asked; they need no running manager for a folder. */
export const hasSystemctl = spawnSync('systemctl', ['--version']).status === 0;
export const hasSystemdAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

/** The links by path that `systemctl enable` makes in a tree. */
export function enabledBySystemd(tree: Tree, ...units: readonly string[]): Record<string, string> {
  return newLinks(tree, ['enable', ...units]);
}

/** The links by path that `systemctl preset` makes in a tree. */
export function presetBySystemd(tree: Tree, ...units: readonly string[]): Record<string, string> {
  return newLinks(tree, ['preset', ...units]);
}

function newLinks(tree: Tree, words: readonly string[]): Record<string, string> {
  using root = new UnitRoot(tree);
  spawnSync('systemctl', ['--quiet', `--root=${root.path}`, ...words]);
  const links = linksBelow(root.path, '/etc/systemd/system').filter(([path]) => !(path in tree));
  return Object.fromEntries(links.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function linksBelow(root: string, folder: string): [string, string][] {
  return readdirSync(join(root, folder)).flatMap(name => {
    const path = `${folder}/${name}`;
    const status = lstatSync(join(root, path));
    if (status.isDirectory()) return linksBelow(root, path);
    return status.isSymbolicLink() ? [[path, readlinkSync(join(root, path))]] : [];
  });
}

/**
 * The files that systemd reads for a unit, in order: each has to assign a key that systemd does
 * not know, which it then complains of.
 */
export function readBySystemd(tree: Tree, unit: string): string[] {
  using root = new UnitRoot(tree);
  const folders = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'];
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', '--', unit], {
    encoding: 'utf8',
    env: {
      ...process.env,
      SYSTEMD_UNIT_PATH: folders.map(folder => `${root.path}${folder}/systemd/system`).join(':'),
    },
  });
  const complaints = stderr.matchAll(/^(.*):\d+: Unknown key(?: name)? 'Odd'/gm);
  return [...complaints].map(([, path = '']) => path.replace(root.path, ''));
}
