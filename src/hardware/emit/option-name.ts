import type { OptionPath } from '../module/hardware-module.ts';

/** What Nix reads as a name without quotes, its words aside. */
const plain = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** Words of Nix's own; `or` among them, which old parsers do not take for a name. */
const keywords: readonly string[] = [
  'assert',
  'else',
  'if',
  'in',
  'inherit',
  'let',
  'or',
  'rec',
  'then',
  'with',
];

export function isPlainName(name: string): boolean {
  return plain.test(name) && !keywords.includes(name);
}

/**
 * An option as one text, for messages and as a key: `fileSystems."/".device`. Different paths
 * give different texts; `optionPath` reads them back.
 */
export function optionName(path: OptionPath): string {
  return path.map(part => (isPlainName(part) ? part : JSON.stringify(part))).join('.');
}

/** The path that `optionName` has written. */
export function optionPath(name: string): OptionPath {
  const parts = name.match(/"(?:[^"\\]|\\.)*"|[^."]+/g) ?? [];
  return parts.map(part => (part.startsWith('"') ? String(JSON.parse(part)) : part));
}
