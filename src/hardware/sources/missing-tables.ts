import type { FileTree } from './file-tree.ts';

const tables = [
  ['/proc/self/mountinfo', 'which file systems are mounted'],
  ['/proc/swaps', 'which swap is in use'],
  ['/proc/cpuinfo', 'what processor it has'],
] as const;

/** What a tree cannot tell because a table is not in it that every machine has. */
export function silenceOfMissingTables(tree: FileTree): string[] {
  return tables.filter(([path]) => tree.bytes(path) === undefined).map(([, clause]) => clause);
}
