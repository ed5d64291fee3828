import { formatOrigin, type Origin, type Problem, type ProblemCode, problemOf } from './problem.ts';
import type { Definition, Import, Module, Named, Statements } from './recognise-file.ts';
import { Refusal } from './refusal.ts';

/** A file of a declaration, read. */
export interface Found {
  /** The logical path without links: two paths of one file have the same. */
  readonly realPath: string;
  /** The path that the user would open. */
  readonly file: string;
  readonly module: Module;
  /** Files whose text became values of it, as the user would open them. */
  readonly texts: readonly string[];
}

/** Why a file of a declaration cannot be read. */
export interface NotFound {
  readonly code: ProblemCode;
  readonly refusal: Refusal;
}

/** Finds the file that a logical path names. */
export type Find = (path: string) => Found | NotFound;

/** What files say, in the order in which lists join. */
export interface Said {
  readonly definitions: readonly Definition[];
  readonly named: readonly Named[];
}

/** All that the files of a declaration say. */
export interface Collected {
  readonly main: Said;
  readonly specialisations: ReadonlyMap<string, Said>;
  /** The files in the order in which they were come upon. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/** No declaration needs more; the program's own stack would end somewhere. */
const mostNested = 64;

/** The files of the machine itself, or those that one specialisation adds. */
interface Layer {
  readonly taken: Set<string>;
  readonly definitions: Definition[];
  readonly named: Named[];
}

function emptyLayer(): Layer {
  return { taken: new Set(), definitions: [], named: [] };
}

function add(said: Statements | undefined, layer: Layer): void {
  for (const definition of said?.definitions ?? []) layer.definitions.push(definition);
  for (const named of said?.named ?? []) layer.named.push(named);
}

/**
 * Follows the imports of a declaration, depth first: what a file imports comes before what it
 * says itself, imports in the order of their lines. A file is taken once; a specialisation does
 * not take again what the machine itself has taken. Imports in a circle are a problem.
 */
export function collectDefinitions(top: Found, find: Find): Collected {
  const files = new Set<string>();
  const problems: Problem[] = [];
  const main = emptyLayer();
  const specialisations = new Map<string, Layer>();
  const mainChains: (readonly Found[])[] = [];

  const report = (code: ProblemCode, origin: Origin, refusal: Refusal): void => {
    problems.push(problemOf(code, origin, refusal));
  };

  const take = (chain: readonly Found[], found: Found, layer: Layer): void => {
    layer.taken.add(found.realPath);
    if (!files.has(found.file)) for (const problem of found.module.problems) problems.push(problem);
    files.add(found.file);
    for (const text of found.texts) files.add(text);
    const through = [...chain, found];
    follow(through, found.module.main?.imports ?? [], layer);
    add(found.module.main, layer);
    if (layer === main) mainChains.push(through);
    else refuseNesting(chain, found);
  };

  const follow = (chain: readonly Found[], imports: readonly Import[], layer: Layer): void => {
    for (const { path, origin } of imports) {
      const found = find(path);
      if ('refusal' in found) {
        report(found.code, origin, found.refusal);
        continue;
      }
      const start = chain.findIndex(above => above.realPath === found.realPath);
      if (start !== -1) {
        const circle = [...chain.slice(start), found].map(file => file.file).join(' -> ');
        report(
          'DECLARATION_IMPORT_CYCLE',
          origin,
          new Refusal(`the imports go in a circle: ${circle}`, 'Remove one of these imports.'),
        );
        continue;
      }
      if (chain.length >= mostNested) {
        report(
          'DECLARATION_FILE_UNREADABLE',
          origin,
          new Refusal(
            `${found.file} is reached through more than ${mostNested} files`,
            'Import it nearer to system.conf.',
          ),
        );
        continue;
      }
      const known = layer.taken.has(found.realPath) || main.taken.has(found.realPath);
      if (!known) take(chain, found, layer);
    }
  };

  const refuseNesting = (chain: readonly Found[], found: Found): void => {
    for (const { origin } of found.module.specialisations.values()) {
      const importer = chain.at(-1)?.file ?? '';
      report(
        'DECLARATION_UNKNOWN_SECTION',
        origin,
        new Refusal(
          `a specialisation cannot have specialisations, and one imports this file in ${importer}`,
          'Move the section into a file that no specialisation imports.',
        ),
      );
    }
  };

  take([], top, main);
  // Only now is it known what the machine itself takes.
  for (const chain of mainChains) {
    for (const [name, said] of chain.at(-1)?.module.specialisations ?? []) {
      const layer = specialisations.get(name) ?? emptyLayer();
      specialisations.set(name, layer);
      follow(chain, said.imports, layer);
      add(said, layer);
    }
  }
  return {
    main,
    specialisations,
    files: [...files],
    problems: inOrder(problems, [...files]),
  };
}

/** Problems as one meets them when reading the files from top to bottom, each once. */
function inOrder(problems: readonly Problem[], files: readonly string[]): Problem[] {
  const place = new Map(files.map((file, index) => [file, index]));
  const once = new Map(
    problems.map(problem => [formatOrigin(problem.origin) + problem.reason, problem]),
  );
  return [...once.values()].toSorted(
    (left, right) =>
      (place.get(left.origin.file) ?? 0) - (place.get(right.origin.file) ?? 0) ||
      left.origin.line - right.origin.line,
  );
}
