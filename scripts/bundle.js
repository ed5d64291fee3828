#!/usr/bin/env node
// Makes dist/genctl: one executable file with everything but Node inside.
// CommonJS, because it starts faster than ESM and single-executable builds take nothing else.
import { chmod, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/genctl',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  legalComments: 'none',
  loader: { '.eta': 'text', '': 'text' },
  alias: {
    'iconv-lite': './scripts/no-iconv.js',
    'string-width': './scripts/narrow-string-width.js',
    'node:assert': './scripts/slim-assert.js',
    assert: './scripts/slim-assert.js',
  },
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: {
    js: '#!/usr/bin/env node\nconst importMetaUrl=require("node:url").pathToFileURL(__filename).href;',
  },
  logLevel: 'warning',
});
await chmod('dist/genctl', 0o755);
// Without an ending, Node takes a file's kind from the nearest package.json.
await writeFile('dist/package.json', '{"type":"commonjs"}\n');
