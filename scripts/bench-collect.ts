// What `scripts/bench` measures of the collector, in a process of its own, bundled like genctl:
// `make` a store, look what is dead in it (`dry`), `collect`.
import { Root } from '../src/host/root.ts';
import { readGcRoots } from '../src/store/gc-roots.ts';
import { LocalStore } from '../src/store/local-store.ts';
import type { StorePath } from '../src/store/store-path.ts';
import { fileOf, folderOf, linkTo } from '../src/store/tree.ts';

const [, , verb, rootPath, dead, live] = process.argv;

/** Gives what `nix-store --load-db` needs for a store of the same shape. */
async function make(root: Root, store: LocalStore, count: number, liveCount: number) {
  const added: StorePath[] = [];
  const registrations: string[] = [];
  using links = root.folderOrMake('/nix/var/nix/gcroots');
  for (let index = 0; index < count; index++) {
    const inputs = added.filter((_, at) => at > index - 2000 && (at * 31 + index) % 400 === 0);
    const tree = folderOf([
      ...inputs.map((path, at) => [`input-${at}`, linkTo(path)] as const),
      ['a', fileOf(`a ${index}`)],
      ['b', fileOf(`b ${index}\n`.repeat(100))],
      ['c', fileOf(`c ${index}`)],
    ]);
    const path = await store.add(`package-${index}-1.2.3`, tree, { inputs });
    added.push(path);
    // What is live refers to what is live only, as it comes first.
    if (index < liveCount) links.makeLink(`root-${index}`, path);
    const info = await store.info(path);
    if (info?.kind !== 'nar') throw new Error(`${path} is not there`);
    const { narHash, narSizeBytes, references } = info;
    const counts = [String(narSizeBytes), '', String(references.length)];
    registrations.push(path, narHash.toString('hex'), ...counts, ...references);
  }
  process.stdout.write(`${registrations.join('\n')}\n`);
}

async function work(): Promise<void> {
  const root = new Root(String(rootPath));
  const store = new LocalStore(root);
  if (verb === 'make') await make(root, store, Number(dead) + Number(live), Number(live));
  if (verb === 'collect') await store.collect([]);
  if (verb === 'dry') {
    const roots = readGcRoots(root).roots.map(({ storePath }) => storePath);
    const { paths } = await store.garbage(roots);
    process.stdout.write(`${[...paths].join('\n')}\n`);
  }
}

void work();
