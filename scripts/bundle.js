#!/usr/bin/env node
// Makes dist/genctl: one executable file with everything but Node inside.
// CommonJS, because it starts faster than ESM and single-executable builds take nothing else.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
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
await writeFile('dist/genctl', `#!/usr/bin/env node\n${await packChunks(entryFirst)}`);
await chmod('dist/genctl', 0o755);
// Without an ending, Node takes a file's kind from the nearest package.json.
await writeFile('dist/package.json', '{"type":"commonjs"}\n');
