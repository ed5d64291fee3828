import { byBytes } from '../../host/folder.ts';
import { moduleName } from '../kernel/kernel-modules.ts';
import { type FileTree, line } from '../sources/file-tree.ts';
import type { KernelFacts } from './facts.ts';

/** The running kernel. */
export function readKernel(tree: FileTree): KernelFacts {
  const version = /^Linux version (\S+)/.exec(line(tree, '/proc/version') ?? '');
  return {
    release: line(tree, '/proc/sys/kernel/osrelease') ?? version?.[1] ?? null,
    commandLine: line(tree, '/proc/cmdline') ?? null,
  };
}

/** Names of the modules that the running kernel has loaded (/proc/modules), in byte order. */
export function readLoadedModules(tree: FileTree): readonly string[] {
  const lines = (tree.text('/proc/modules') ?? '').split('\n');
  const names = lines.flatMap(each => /^(\S+) /.exec(each)?.[1] ?? []);
  return [...new Set(names.map(moduleName))].toSorted(byBytes);
}
