// One file out of the chunks that esbuild makes of ES modules. Of all code a command needs a
// quarter: the rest is not to be looked through by the engine at each start, which takes 45 ms for
// a megabyte. It stands in a comment, which is passed over thirty times as fast, within a function,
// whose source can be asked for wherever the program comes from, a single executable too.
import { basename } from 'node:path';
import { transform } from 'esbuild';

/** Would end the comment; and what stands in its place. */
const [commentEnd, standIn] = ['*/', '*~/'];

/** Hands out chunks by their names, and all else by Node's own `require`. */
const loader = `
const { compileFunction } = require("node:vm");
const importMetaUrl = require("node:url").pathToFileURL(__filename).href;
const nodeRequire = require;
const source = packed.toString();
const loaded = new Map();
require = name => {
  const place = places.get(name);
  if (place === undefined) return nodeRequire(name);
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  loaded.set(name, module);
  const start = source.indexOf("/*") + 2 + place.start;
  const code = source.slice(start, start + place.length).replaceAll("${standIn}", "${commentEnd}");
  const parameters = ["exports", "module", "require", "importMetaUrl"];
  const run = compileFunction(code, parameters, { filename: __filename + name.slice(1) });
  run(module.exports, module, require, importMetaUrl);
  return module.exports;
};
`;

/**
 * @param {readonly { path: string, text: string }[]} outputFiles of a build with `splitting`, the
 *   entry first
 * @returns {Promise<string>} a CommonJS program without its first line
 */
export async function packChunks(outputFiles) {
  const [entry, ...others] = await Promise.all(outputFiles.map(toCommonJs));
  if (entry === undefined) throw new Error('nothing was built');
  const places = [];
  let packed = '';
  for (const { name, code } of others) {
    if (code.includes(standIn)) throw new Error(`${name} holds ${standIn}`);
    const text = code.replaceAll(commentEnd, standIn);
    places.push([name, { start: packed.length, length: text.length }]);
    packed += text;
  }
  const { code } = await transform(loader, { minifyWhitespace: true });
  return [
    '"use strict";',
    `const packed=function(){/*${packed}*/};`,
    `const places=new Map(${JSON.stringify(places)});`,
    code,
    entry.code,
  ].join('\n');
}

/** @param {{ path: string, text: string }} file */
async function toCommonJs({ path, text }) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minify: true,
    // A chunk is no file that Node could import.
    supported: { 'dynamic-import': false },
    // As modules are.
    banner: '"use strict";',
  });
  return { name: `./${basename(path)}`, code: inAscii(code) };
}

/**
 * Node reads text that is ASCII throughout faster; esbuild leaves what stands in regular expressions.
 *
 * @param {string} code
 */
function inAscii(code) {
  return code.replace(
    /[^\0-\x7f]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
