import { createHash } from 'node:crypto';
import type { Folder } from '../../../host/folder.ts';
import type { Root } from '../../../host/root.ts';
import { type RunResult, run } from '../../../host/run.ts';
import { writeWhole } from '../../../host/write-whole.ts';
import { renderAptConfiguration } from './apt-configuration.ts';
import { updateFailure } from './apt-failure.ts';
import type { AptSettings } from './apt-settings.ts';
import { type HostApt, readHostApt } from './host-apt.ts';
import { readSources } from './read-sources.ts';
import type { SelectedSources } from './select-sources.ts';

/** One folder for each suite and architecture, a logical path. */
export const aptFolder = '/var/cache/genctl/apt';
const configurationName = 'apt.conf';
/** Says which sources the lists are of; there once they are whole, and as old as they are. */
export const listsStampName = 'lists-of';

/** An apt with lists, sources and a state of its own, below the caches of a root. */
export interface AptRoot {
  root: Root;
  /** All of it, a logical path. */
  path: string;
  sources: SelectedSources;
  host: HostApt;
}

/**
 * Makes apt's private root, or brings the one that is there up to date with the machine's sources
 * and settings.
 *
 * @throws GenctlError SUITE_UNKNOWN, SOURCES_MISSING, PROGRAM_MISSING, NOT_ALLOWED, …
 */
export async function openAptRoot(settings: AptSettings): Promise<AptRoot> {
  const { root, suite, architecture } = settings;
  const host = await readHostApt(root.onHost('/'));
  const sources = readSources(settings, host);
  const path = `${aptFolder}/${suite}-${architecture}`;
  for (const below of ['state/lists/partial', 'cache/archives/partial', 'sources.list.d', 'log']) {
    root.folderOrMake(`${path}/${below}`)[Symbol.dispose]();
  }
  using folder = root.folder(path);
  const configuration = renderAptConfiguration({ folder: root.onHost(path), architecture, host });
  put(folder, configurationName, configuration);
  using parts = folder.open('sources.list.d');
  putOrRemove(parts, 'genctl.list', sources.list);
  putOrRemove(parts, 'genctl.sources', sources.deb822);
  return { root, path, sources, host };
}

/** Runs one of apt's programs on its private root; exit code 100, its word for no, is an answer. */
export async function runApt(
  { root, path }: AptRoot,
  program: string,
  args: readonly string[],
  onOutputLine?: (line: string) => void,
): Promise<RunResult> {
  return await run(program, args, {
    env: { APT_CONFIG: root.onHost(`${path}/${configurationName}`) },
    accept: [0, 100],
    ...(onOutputLine !== undefined && { onOutputLine }),
  });
}

/** How old apt's lists of its sources are, in seconds; undefined where it has none that are whole. */
export function listsAgeSeconds({ root, path, sources }: AptRoot): number | undefined {
  const stamp = `${path}/${listsStampName}`;
  const stat = root.stat(stamp);
  if (stat?.kind !== 'file') return undefined;
  if (root.readFile(stamp).toString('utf8') !== stampOf(sources)) return undefined;
  // What a clock that was wrong has put into the future is not young for ever.
  return Math.abs(Date.now() / 1000 - stat.mtimeSeconds);
}

/**
 * Fetches the lists of all sources; apt checks their signatures.
 *
 * @throws GenctlError SUITE_UNKNOWN, SIGNATURE_REFUSED, NO_SPACE, APT_FAILED
 */
export async function refreshLists(apt: AptRoot): Promise<void> {
  using folder = apt.root.folder(apt.path);
  const answer = await runApt(apt, 'apt-get', ['--quiet', 'update']);
  if (answer.exitCode !== 0) throw updateFailure(answer);
  writeWhole(folder, listsStampName, stampOf(apt.sources));
}

/** Tells apt what is installed, and what of it only because something else needed it. */
export function putState(
  { root, path }: AptRoot,
  { status, extendedStates }: { status: string; extendedStates: string },
): void {
  using folder = root.folder(path);
  put(folder, 'extended_states', extendedStates);
  put(folder, 'status', status);
}

function stampOf({ list, deb822 }: SelectedSources): string {
  return `${createHash('sha256').update(`${list}\n${deb822}`).digest('hex')}\n`;
}

function put(folder: Folder, name: string, text: string, mode = 0o644): void {
  if (folder.readFileIfThere(name, 256 << 20)?.toString('utf8') === text) return;
  writeWhole(folder, name, text, mode);
}

function putOrRemove(folder: Folder, name: string, text: string): void {
  // Addresses may hold passwords. Only apt itself reads them, and hands them to its methods.
  if (text !== '') put(folder, name, text, 0o600);
  else if (folder.stat(name) !== undefined) folder.removeFile(name);
}
