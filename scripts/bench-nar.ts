// What scripts/bench times against nix-hash: the NAR hash of one tree.
import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { Folder } from '../src/host/folder.ts';
import { narOf } from '../src/store/nar.ts';
import { copyOf } from '../src/store/tree.ts';

const tree = path.resolve(process.argv[2] ?? '.');
using parent = Folder.atHostPath(path.dirname(tree));
const hash = createHash('sha256');
for (const piece of narOf(copyOf(parent, path.basename(tree)))) hash.update(piece);
console.log(hash.digest('hex'));
