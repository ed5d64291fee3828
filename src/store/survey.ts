import type { Finding } from '../errors.ts';
import { CompactGraph } from './compact-graph.ts';
import type { LocalFolders } from './local-folders.ts';
import { ReferenceCandidates } from './references.ts';
import { baseNameOf } from './store-path.ts';

/** A local store as it is at one moment: every path in place, and what it refers to. */
export interface Survey {
  graph: CompactGraph;
  /** The numbers of paths whose metadata cannot be read: kept, with all that they mention. */
  doubtful: number[];
  findings: Finding[];
}

/**
 * Reads the metadata of every path in place, dead ones' too: nobody is to delete a path that may
 * not be what it seems. There is no index beside the `.narinfo` files that could be out of date:
 * reading eleven thousand of them takes a tenth of a second.
 */
export function surveyOf(folders: LocalFolders): Survey {
  const graph = new CompactGraph();
  const survey: Survey = { graph, doubtful: [], findings: [] };
  for (const path of folders.inPlaceUnsorted()) graph.paths.add(path);
  let candidates: ReferenceCandidates | undefined;
  for (let number = 0; number < graph.paths.count; number++) {
    const looked = folders.quickLook(graph.paths.baseName(number));
    if ('references' in looked) {
      graph.describe(numbersOf(graph, looked.references), looked.narSizeBytes);
      continue;
    }
    // Its metadata cannot tell what it needs, so its content is asked.
    candidates ??= new ReferenceCandidates(folders.inPlaceUnsorted());
    const { references, narSizeBytes } = folders.read(graph.paths.path(number), candidates);
    graph.describe(numbersOf(graph, references.others.map(baseNameOf)), narSizeBytes);
    survey.doubtful.push(number);
    survey.findings.push(looked);
  }
  return survey;
}

function numbersOf(graph: CompactGraph, baseNames: readonly string[]): number[] {
  const numbers: number[] = [];
  for (const baseName of baseNames) {
    const number = graph.paths.numberOf(baseName);
    if (number !== undefined) numbers.push(number);
  }
  return numbers;
}
