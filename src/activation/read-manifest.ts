import type { Finding } from '../errors.ts';
import type { Root } from '../host/root.ts';
import type { EtcCopy } from './etc-tree.ts';
import { isPathBelow, maxStateBytes, parseStateLines, type StateLine } from './state-lines.ts';

/** A copy as a manifest has it: those of older versions say no hash. */
export type ManifestCopy = Omit<EtcCopy, 'kind' | 'sha256'> & { sha256: string | undefined };

/** A manifest, read. Paths are relative to /etc; the order is that of its lines. */
export interface Manifest {
  /** Its fingerprint: manifests with the same one are the same. */
  id: string | undefined;
  /** What /etc/static points to: the content of links and copies. */
  from: string | undefined;
  /** Each before what it holds. */
  folders: readonly string[];
  /** Of links to /etc/static and their own path. */
  links: readonly string[];
  /** Targets of other links, by path. */
  direct: ReadonlyMap<string, string>;
  copies: readonly ManifestCopy[];
  /** Paths at which what is not ours stays. */
  keeps: ReadonlySet<string>;
  /** What of it could not be read. */
  findings: readonly Finding[];
}

/** Paths of all that a manifest places, folders left out. */
export function leavesOf({ links, direct, copies }: Manifest): string[] {
  return [...links, ...direct.keys(), ...copies.map(({ path }) => path)];
}

/** Whether genctl built a system. NixOS's have no manifest, and activate themselves. */
export function hasManifest(root: Root, system: string): boolean {
  return root.stat(manifestPath(system)) !== undefined;
}

/**
 * The manifest of a system that genctl built.
 *
 * @throws GenctlError FILE_MISSING and others
 */
export function readSystemManifest(root: Root, system: string): Manifest {
  const path = manifestPath(system);
  return parseManifest(root.readFile(path, maxStateBytes).toString('utf8'), path);
}

function manifestPath(system: string): string {
  return `${system}/etc-manifest`;
}

/**
 * Reads the text of a manifest, whichever version wrote it: `etc-manifest.ts` describes it.
 *
 * @param subject where it comes from, for findings
 */
export function parseManifest(text: string, subject: string): Manifest {
  const { lines, broken } = parseStateLines(text);
  const folders: string[] = [];
  const links: string[] = [];
  const direct = new Map<string, string>();
  const copies: ManifestCopy[] = [];
  const keeps = new Set<string>();
  let id: string | undefined;
  let from: string | undefined;
  for (const line of lines) {
    const [first = '', second] = line.words;
    const isOfPath = isPathBelow(first);
    const copy = line.verb === 'copy' ? toCopy(line) : undefined;
    if (line.verb === 'manifest') id ??= second;
    else if (line.verb === 'from' && first.startsWith('/')) from = first;
    else if (line.verb === 'folder' && isOfPath) folders.push(first);
    else if (line.verb === 'link' && isOfPath) links.push(first);
    else if (line.verb === 'keep' && isOfPath) keeps.add(first);
    else if (line.verb === 'direct' && isOfPath && second !== undefined) direct.set(first, second);
    else if (copy !== undefined) copies.push(copy);
    else if (verbs.has(line.verb)) broken.push(line.text);
  }
  const findings = [...headFindings(text, subject), ...brokenFindings(broken, subject)];
  return { id, from, folders, links, direct, copies, keeps, findings };
}

/** What a newer version has written with other verbs is passed over. */
const verbs: ReadonlySet<string> = new Set(['from', 'folder', 'link', 'direct', 'copy', 'keep']);

function toCopy({ words }: StateLine): ManifestCopy | undefined {
  const [mode = '', uid = '', gid = '', path = '', sha256 = ''] = words;
  const isCopy = isPathBelow(path) && /^[0-7]{3,5}$/.test(mode) && isNumber(uid) && isNumber(gid);
  if (!isCopy) return undefined;
  return {
    path,
    mode: Number.parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    sha256: /^[0-9a-f]{64}$/.test(sha256) ? sha256 : undefined,
  };
}

function isNumber(word: string): boolean {
  return /^[0-9]{1,10}$/.test(word);
}

function headFindings(text: string, subject: string): Finding[] {
  if (/^manifest 1 \S/.test(firstLine(text))) return [];
  return [
    {
      code: 'ETC_MANIFEST_DAMAGED',
      subject,
      reason: `it does not begin as a manifest does, but with ${JSON.stringify(firstLine(text).slice(0, 80))}`,
      hint: 'Activate a generation again, `genctl test GEN`: that writes it anew.',
    },
  ];
}

function firstLine(text: string): string {
  return text.slice(0, text.indexOf('\n') + 1 || undefined).trimEnd();
}

function brokenFindings(broken: readonly string[], subject: string): Finding[] {
  const [first] = broken;
  if (first === undefined) return [];
  const others = broken.length === 1 ? '' : `, and ${broken.length - 1} more`;
  return [
    {
      code: 'ETC_MANIFEST_DAMAGED',
      subject,
      reason: `a line cannot be read: ${JSON.stringify(first.slice(0, 200))}${others}`,
      hint: 'Activate a generation again, `genctl test GEN`: that writes it anew.',
    },
  ];
}
