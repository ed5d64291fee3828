import { formatBytes } from '../../../bytes.ts';
import type { Folder } from '../../../host/folder.ts';
import type { LockedPackage } from '../lock/lock.ts';
import { type AptRoot, runApt } from './apt-root.ts';
import { fetchFailure, uriFileName } from './fetch-failure.ts';

/** Part of apt, beside its transports; not on anybody's path. */
const aptHelper = '/usr/lib/apt/apt-helper';
/** Below the cache: what is not whole yet. */
const incomingName = 'incoming';

/**
 * Fetches packages into the cache by apt's transports, from the first source that has each. What
 * came whole stays, whatever becomes of the rest.
 *
 * @throws GenctlError PACKAGE_GONE, PACKAGE_DAMAGED, APT_FAILED
 */
export async function downloadPackages(
  apt: AptRoot,
  cache: Folder,
  packages: readonly LockedPackage[],
  onProgress: (line: string) => void,
): Promise<void> {
  const { host, sources } = apt;
  using incoming = cache.openOrMake(incomingName);
  if (host.sandboxUid !== undefined) incoming.setOwner('.', host.sandboxUid, 0);
  const progress = new FetchProgress(packages, onProgress);
  const said: string[] = [];
  let wanting = takeWhole(apt, incoming, cache, packages);
  for (const uri of sources.uris) {
    if (wanting.length === 0) break;
    const base = baseOf(uri);
    const requests = wanting.flatMap(({ poolPath, sha256 }) => [
      `${base}/${poolPath}`,
      `${incoming.realPath}/${sha256}.deb`,
      `SHA256:${sha256}`,
    ]);
    const { stderr } = await runApt(
      apt,
      aptHelper,
      ['--quiet', 'download-file', ...requests],
      line => progress.read(line),
    );
    said.push(stderr);
    wanting = takeWhole(apt, incoming, cache, wanting);
  }
  cache.sync();
  if (wanting.length > 0) throw fetchFailure(wanting, said.join('\n'), cache.path);
  cache.removeTree(incomingName);
}

/** A source whose files are on this machine would only be pointed to, by a link. */
function baseOf(uri: string): string {
  return uri.replace(/\/+$/, '').replace(/^file:/, 'copy:');
}

/**
 * Moves what has come whole to its name in the cache.
 *
 * @returns what has not
 */
function takeWhole(
  { host }: AptRoot,
  incoming: Folder,
  cache: Folder,
  packages: readonly LockedPackage[],
): LockedPackage[] {
  return packages.filter(({ sha256, sizeBytes }) => {
    const name = `${sha256}.deb`;
    const stat = incoming.stat(name);
    if (stat?.kind !== 'file' || stat.sizeBytes !== sizeBytes) return true;
    if (host.sandboxUid !== undefined) incoming.setOwner(name, 0, 0);
    if (incoming.digest(name).sha256 !== sha256) {
      incoming.removeFile(name);
      return true;
    }
    incoming.setMode(name, 0o644);
    incoming.syncFile(name);
    incoming.renameInto(name, cache, name);
    return false;
  });
}

/** Says of each package when its turn comes, by the lines that apt writes of what it gets. */
class FetchProgress {
  readonly #byFile: ReadonlyMap<string, LockedPackage>;
  readonly #onProgress: (line: string) => void;
  readonly #begun = new Set<string>();
  readonly #totalBytes: number;
  #bytes = 0;

  constructor(packages: readonly LockedPackage[], onProgress: (line: string) => void) {
    this.#byFile = new Map(packages.map(each => [uriFileName(each.poolPath), each]));
    this.#totalBytes = packages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.#onProgress = onProgress;
  }

  /** @param line `Get:3 http://mirror.example/debian/pool/…/nano_7.2-1_amd64.deb [690 kB]` */
  read(line: string): void {
    const uri = /^Get:\d+ (\S+)/.exec(line)?.[1];
    const found = uri === undefined ? undefined : this.#byFile.get(uriFileName(uri));
    if (found === undefined || this.#begun.has(found.sha256)) return;
    this.#begun.add(found.sha256);
    this.#bytes += found.sizeBytes;
    const count = `${this.#begun.size} of ${this.#byFile.size}`;
    const bytes = `${formatBytes(this.#bytes)} of ${formatBytes(this.#totalBytes)}`;
    this.#onProgress(`fetching ${found.name} ${found.version} (${count}, ${bytes})`);
  }
}
