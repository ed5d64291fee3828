// Mounts something for everybody, from within a private view of the mounts.
import { isInside, runOutside } from '../../src/host/private-mounts.ts';

if (!isInside()) throw new Error('it is not inside');
await runOutside('mount', ['-t', 'tmpfs', 'outside', process.argv[2] ?? ''], {});
