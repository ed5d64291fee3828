#!/usr/bin/env node
// Makes dist/genctl: one executable file with everything but Node inside.
// CommonJS, because it starts faster than ESM and single-executable builds take nothing else.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { packChunks } from './pack-chunks.js';
import { quietYargs } from './quiet-yargs.js';

const { outputFiles } = await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minify: true,
  legalComments: 'none',
  loader: { '.eta': 'text', '': 'text' },
  alias: {
    'iconv-lite': './scripts/no-iconv.js',
    'string-width': './scripts/narrow-string-width.js',
    'node:assert': './scripts/slim-assert.js',
    assert: './scripts/slim-assert.js',
    'node:child_process': './scripts/late-child-process.js',
  },
  plugins: [quietYargs],
  define: { 'import.meta.url': 'importMetaUrl' },
  write: false,
  logLevel: 'warning',
});
const entryFirst = outputFiles.toSorted(
  (left, right) => Number(right.path.endsWith('/main.js')) - Number(left.path.endsWith('/main.js')),
);
await mkdir('dist', { recursive: true });
await place('dist/genctl', `#!/usr/bin/env node\n${await packChunks(entryFirst)}`, 0o755);
// Without an ending, Node takes a file's kind from the nearest package.json.
await place('dist/package.json', '{"type":"commonjs"}\n', 0o644);

/**
 * At any moment there is the old file or the new one: a test may run it while another one bundles.
 * @param {string} path
 * @param {string} text
 * @param {number} mode
 */
async function place(path, text, mode) {
  const part = `${path}.${process.pid}`;
  await writeFile(part, text, { mode });
  await rename(part, path);
}
