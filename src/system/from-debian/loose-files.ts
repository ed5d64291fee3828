import { posix } from 'node:path';
import { liveUnitFiles } from '../../activation/units/live-unit-files.ts';
import {
  type PresetRule,
  presetRuleFor,
  presetRules,
} from '../../activation/units/preset-rules.ts';
import { templateOf } from '../../activation/units/unit-name.ts';
import { type Root, split } from '../../host/root.ts';
import type { CopiedLink, EtcCopy } from './etc-copy.ts';
import { namesMoreHosts, placeInEtc } from './etc-places.ts';
import { EtcReader } from './etc-reader.ts';
import { filesBelow } from './files-below.ts';
import { type LeftOut, type LeftOutKind, leaveOut } from './left-out.ts';

/** What somebody has put into /etc beside the packages. */
export interface LooseFiles {
  copies: readonly EtcCopy[];
  leftOut: readonly LeftOut[];
}

/** Folders of links below /etc, and where packages write down which of them they have made. */
const linksOfPackages = {
  'systemd/system': '/var/lib/systemd/deb-systemd-helper-enabled',
  'systemd/user': '/var/lib/systemd/deb-systemd-user-helper-enabled',
} as const;

/**
 * Finds what no package has brought to /etc: configuration is copied, all else is named.
 *
 * @param known paths below /etc that are dealt with already
 * @param hostName what the declaration says of the machine's name
 */
export function readLooseFiles(
  root: Root,
  known: ReadonlySet<string>,
  hostName: string | undefined,
): LooseFiles {
  const owned = pathsOfPackages(root);
  const reader = new EtcReader(root);
  const rules = presetRules(liveUnitFiles(root));
  const copies: EtcCopy[] = [];
  const apart = new Map<LeftOutKind, string[]>();
  const setApart = (kind: LeftOutKind, path: string): void => {
    apart.set(kind, [...(apart.get(kind) ?? []), `/etc/${path}`]);
  };
  using etc = root.folderIfThere('/etc');
  for (const path of etc === undefined ? [] : filesBelow(etc, '', isMade)) {
    if (known.has(path) || owned.has(`/etc/${path}`)) continue;
    const place = placeInEtc(path);
    if (place === 'made') continue;
    if (place === 'state') setApart('state', path);
    else if (place === 'other') setApart('others', path);
    else {
      const found = reader.copy(path);
      if (found === undefined) continue;
      if (typeof found === 'string') setApart(found, path);
      else if (isMeant(found, root, rules, hostName)) copies.push(found);
    }
  }
  return {
    copies,
    leftOut: [
      ...[...apart].flatMap(([kind, paths]) => leaveOut(kind, paths)),
      ...leaveOut('disabledUnits', disabledUnits(root)),
    ],
  };
}

function isMade(path: string): boolean {
  return placeInEtc(path) === 'made';
}

/** Whether somebody has made it, and not a package when it was installed. */
function isMeant(
  copy: EtcCopy,
  root: Root,
  rules: readonly PresetRule[],
  hostName: string | undefined,
): boolean {
  if (copy.kind === 'file') {
    const text = copy.content.toString('utf8');
    return copy.path === 'hosts' ? namesMoreHosts(text, hostName) : saysSomething(text);
  }
  const [folder, markers] =
    Object.entries(linksOfPackages).find(([place]) => copy.path.startsWith(`${place}/`)) ?? [];
  if (folder === undefined || copy.target === '/dev/null') return true;
  const below = copy.path.slice(folder.length);
  if (root.stat(`${markers}${below}`) !== undefined) return false;
  const unit = split(below).name;
  const byPreset = [unit, templateOf(unit) ?? unit].some(
    name => presetRuleFor(rules, name)?.action === 'enable',
  );
  if (byPreset && folder === 'systemd/system') return false;
  // Of a unit that is gone, a link is left.
  return isUnitThere(root, copy);
}

function saysSomething(text: string): boolean {
  return text.split('\n').some(line => line.trim() !== '' && !/^\s*[#;]/.test(line));
}

/** Whether there is what a link in /etc leads to; it may be an instance of a template. */
function isUnitThere(root: Root, { path, target }: CopiedLink): boolean {
  return root.stat(posix.resolve('/etc', posix.dirname(path), target)) !== undefined;
}

/** Units that packages have enabled, and whose links are gone. */
function disabledUnits(root: Root): string[] {
  using markers = root.folderIfThere(linksOfPackages['systemd/system']);
  using links = root.folderIfThere('/etc/systemd/system');
  if (markers === undefined) return [];
  return [...filesBelow(markers, '')].flatMap(path => {
    const { parent, name } = split(`/${path}`);
    if (name.endsWith('.dsh-also') || parent === '/') return [];
    using folder = links?.openIfThere(parent.slice(1));
    const isThere = folder?.stat(name) !== undefined;
    const isMasked = links?.readLinkIfThere(name) === '/dev/null';
    const unit = templateOf(name) ?? name;
    const isGone = root.stat(`/usr/lib/systemd/system/${unit}`) === undefined;
    return isThere || isMasked || isGone ? [] : [name];
  });
}

/** All paths in /etc that packages have, by dpkg's own lists. */
function pathsOfPackages(root: Root): ReadonlySet<string> {
  using info = root.folderIfThere('/var/lib/dpkg/info');
  const paths = new Set<string>();
  for (const name of info?.names() ?? []) {
    if (!name.endsWith('.list')) continue;
    const text = info?.readFile(name).toString('utf8') ?? '';
    // Most lists name a thousand files elsewhere.
    for (const [path] of text.matchAll(/^\/etc\/.+$/gm)) paths.add(path);
  }
  return paths;
}
