// Settles a mounted file system.
import { Folder } from '../../src/host/folder.ts';
import { settle } from '../../src/host/settle.ts';

using folder = Folder.atHostPath(process.argv[2] ?? '');
await settle(folder);
