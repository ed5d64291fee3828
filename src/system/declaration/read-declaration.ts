import { GenctlError, messageOf } from '../../errors.ts';
import { type Root, split } from '../../host/root.ts';
import { collectDefinitions, type Found, type NotFound } from './collect-definitions.ts';
import type { Declaration } from './declaration.ts';
import { parseFile } from './parse-file.ts';
import { readText } from './read-text.ts';
import { recogniseFile } from './recognise-file.ts';
import { Refusal } from './refusal.ts';
import { resolveDeclaration } from './resolve-declaration.ts';

/** Where a machine's declaration is unless somebody says otherwise. */
export const defaultConfigFolder = '/etc/genctl';

const mostBytes = 1 << 20;

/**
 * Reads the declaration of a machine: `system.conf` in the folder at that logical path, and what
 * it imports. Whatever is wrong with it is thrown together, as one GenctlError.
 */
export function readDeclaration(root: Root, configFolder = defaultConfigFolder): Declaration {
  const path = `${configFolder.replace(/\/+$/, '')}/system.conf`;
  return readFrom(root, path, refused =>
    refused.code === 'DECLARATION_FILE_MISSING'
      ? new GenctlError(refused.code, `${root.onHost(path)}: there is no declaration`, {
          hint: 'Run `genctl init` to write one for this machine, or name another folder with --config.',
        })
      : errorOf(root, path, refused),
  );
}

/**
 * Reads one file as if it were a declaration of its own: what it says and what it imports.
 *
 * @param path a logical path
 */
export function readDeclarationFile(root: Root, path: string): Declaration {
  return readFrom(root, path, refused => errorOf(root, path, refused));
}

function readFrom(
  root: Root,
  path: string,
  toError: (refused: NotFound) => GenctlError,
): Declaration {
  const read = new Map<string, Found>();
  const find = (wanted: string): Found | NotFound => findFile(root, wanted, read);
  const top = find(path);
  if ('refusal' in top) throw toError(top);
  return resolveDeclaration(collectDefinitions(top, find));
}

function errorOf(root: Root, path: string, { code, refusal }: NotFound): GenctlError {
  return new GenctlError(code, `${root.onHost(path)}: ${refusal.reason}`, { hint: refusal.hint });
}

function findFile(root: Root, path: string, read: Map<string, Found>): Found | NotFound {
  const file = root.onHost(path);
  try {
    const stat = root.stat(path);
    if (stat === undefined) return missing(file, path);
    const realPath = root.realPath(path);
    const there = read.get(realPath);
    if (there !== undefined) return there;
    // Reading a device or a pipe might never end.
    if (stat.kind !== 'file') return unreadable(`${file} is not a file`);
    const parsed = parseFile(root.readFile(path, mostBytes), file);
    const texts: string[] = [];
    const module = recogniseFile(parsed, split(path).parent, named => {
      const text = readText(root, named);
      if (typeof text === 'string') texts.push(root.onHost(named));
      return text;
    });
    const found = { realPath, file, module, texts };
    read.set(realPath, found);
    return found;
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return unreadable(messageOf(thrown), thrown.hint);
  }
}

function missing(file: string, path: string): NotFound {
  const hint = /[*?,\s]/.test(path)
    ? 'Name one file a line, without globs: repeated `imports` lines make a list.'
    : 'Correct the path, which is relative to the file that imports it, or remove the line.';
  const refusal = new Refusal(`there is no file ${file}`, hint);
  return { code: 'DECLARATION_FILE_MISSING', refusal };
}

function unreadable(reason: string, hint?: string): NotFound {
  return { code: 'DECLARATION_FILE_UNREADABLE', refusal: new Refusal(reason, hint) };
}
