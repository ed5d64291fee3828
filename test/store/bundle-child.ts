import { buildSync } from 'esbuild';

/** Makes one file of `crash-child.ts`, which starts fast and needs nothing beside it. */
export function bundleChild(outfile: string): void {
  buildSync({
    entryPoints: ['test/store/crash-child.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
}
