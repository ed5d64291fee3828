import { randomBytes } from 'node:crypto';
import { ifThere } from '../../../host/file-error.ts';
import type { Folder } from '../../../host/folder.ts';
import { Root, split } from '../../../host/root.ts';
import { run } from '../../../host/run.ts';
import { packageCacheFolder } from '../../../system/debian/apt/package-cache.ts';

/** Where the declaration is in an image, whatever folder it was read from. */
export const stagedConfig = '/etc/genctl';

/** What builds leave, which is of no use in an image. */
const caches = '/var/cache/genctl';

/** Folders of the image that boot loaders need there from the start, logical paths. */
export interface BootFolders {
  /** Where the ESP is mounted. */
  esp: string | undefined;
  /** What holds GRUB's menu. */
  grub: string | undefined;
}

/** A scratch folder beside the image to be, in which its root is assembled. */
export class Stage implements Disposable {
  readonly folder: Folder;
  readonly root: Root;
  readonly #parent: Folder;
  readonly #name: string;

  constructor(parent: Folder, imageName: string) {
    this.#parent = parent;
    this.#name = `.${imageName}.${randomBytes(4).toString('hex')}`;
    // Whoever could look inside would find password hashes and programs with setuid bits.
    parent.makeFolder(this.#name, 0o700);
    this.folder = parent.open(this.#name);
    this.folder.makeFolder('root');
    this.root = new Root(`${this.folder.realPath}/root`);
  }

  /** Takes the declaration over, and what is in the package cache of the machine that builds. */
  async fill(source: Root, configFolder: string, { esp, grub }: BootFolders): Promise<void> {
    using etc = this.root.folderOrMake('/etc');
    using from = source.folder(configFolder);
    const name = stagedConfig.slice('/etc/'.length);
    etc.makeFolder(name, source.stat(configFolder)?.mode);
    using config = etc.open(name);
    for (const each of from.names()) {
      // A link below its `etc` is meant to be one in /etc; others stand for what they lead to.
      const links = each === 'etc' ? '-H' : '--dereference';
      const args = ['--recursive', links, '--no-target-directory', '--preserve=mode'];
      await run('cp', [...args, `${from.realPath}/${each}`, `${config.realPath}/${each}`]);
    }
    if (esp !== undefined) this.root.folderOrMake(`${esp}/EFI`)[Symbol.dispose]();
    if (grub !== undefined) this.root.folderOrMake(grub)[Symbol.dispose]();
    using packages = source.folderIfThere(packageCacheFolder);
    if (packages !== undefined) await share(packages, this.root.folderOrMake(packageCacheFolder));
  }

  /** Hands packages that were fetched to the machine that builds, unless its cache is another's. */
  async returnPackages(source: Root): Promise<void> {
    using packages = this.root.folderIfThere(packageCacheFolder);
    const cache = ifThere(() => source.folderOrMake(packageCacheFolder), ['NOT_ALLOWED']);
    if (packages !== undefined && cache !== undefined) await share(packages, cache);
  }

  /** Takes the ESP out of the root, whose mount point stays empty, and what is of no use there. */
  split({ esp }: BootFolders): { esp: Folder | undefined; root: Folder } {
    if (esp !== undefined) this.#takeOut(esp);
    for (const path of [caches, '/run', '/tmp']) {
      using folder = this.root.folderIfThere(path);
      for (const inner of folder?.names() ?? []) folder?.removeTree(inner);
    }
    return {
      esp: esp === undefined ? undefined : this.folder.open('esp'),
      root: this.folder.open('root'),
    };
  }

  #takeOut(esp: string): void {
    const { parent, name } = split(esp);
    using above = this.root.folder(parent);
    above.renameInto(name, this.folder, 'esp');
    above.makeFolder(name);
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    this.folder[Symbol.dispose]();
    this.#parent.removeTree(this.#name);
  }
}

/** Lets another folder have the packages of one as well: one that is there never changes. */
async function share(from: Folder, to: Folder): Promise<void> {
  using target = to;
  const there = new Set(target.names());
  const missing = from.names().filter(name => name.endsWith('.deb') && !there.has(name));
  if (missing.length === 0) return;
  const sources = missing.map(name => `${from.realPath}/${name}`);
  await run('cp', ['--reflink=auto', '--target-directory', target.realPath, ...sources]);
}
