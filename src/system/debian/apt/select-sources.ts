import { GenctlError } from '../../../errors.ts';
import { nearestWord } from '../../declaration/nearest-word.ts';
import type { AptSource } from './apt-source.ts';

/** Sources as apt is to read them, and the mirrors' folders in their order. */
export interface SelectedSources {
  /** Lines of a `.list` file. */
  list: string;
  /** Paragraphs of a `.sources` file. */
  deb822: string;
  uris: readonly string[];
}

/** All of them, whatever suites they have. Pure. */
export function allSources(sources: readonly AptSource[]): SelectedSources {
  return taken(sources.map(source => [source, source.suites] as const));
}

/**
 * Those of a release of Debian: its suite itself and what goes with it, `bookworm-updates`,
 * `bookworm-security`, `buster/updates`. Pure.
 *
 * @throws GenctlError SUITE_UNKNOWN that names the suites there are, the nearest first
 */
export function sourcesOfSuite(sources: readonly AptSource[], suite: string): SelectedSources {
  const isOfSuite = (name: string): boolean =>
    name === suite || name.startsWith(`${suite}-`) || name.startsWith(`${suite}/`);
  const chosen = sources
    .map(source => [source, source.suites.filter(isOfSuite)] as const)
    .filter(([, suites]) => suites.length > 0);
  if (chosen.some(([, suites]) => suites.includes(suite))) return taken(chosen);
  throw suiteUnknown(sources, suite);
}

function taken(chosen: readonly (readonly [AptSource, readonly string[]])[]): SelectedSources {
  const texts = (format: AptSource['format']): string[] =>
    chosen
      .filter(([source]) => source.format === format)
      .map(([source, suites]) => source.textFor(suites));
  return {
    list: texts('list')
      .map(line => `${line}\n`)
      .join(''),
    deb822: texts('deb822')
      .map(paragraph => `${paragraph}\n`)
      .join('\n'),
    uris: [...new Set(chosen.flatMap(([{ uris }]) => uris))],
  };
}

function suiteUnknown(sources: readonly AptSource[], suite: string): GenctlError {
  const known = [...new Set(sources.flatMap(({ suites }) => suites))].toSorted();
  const nearest = nearestWord(suite, known);
  const ordered = nearest === undefined ? known : [nearest, ...known.filter(n => n !== nearest)];
  const there = known.length === 0 ? 'they have none' : `they have ${ordered.join(', ')}`;
  const meant = nearest === undefined ? '' : `Did you mean ${nearest}? Otherwise add `;
  return new GenctlError(
    'SUITE_UNKNOWN',
    `the apt sources of this machine do not have the suite ${suite}: ${there}`,
    {
      hint: `${meant || 'Add '}the suite to /etc/apt, or name a file of sources that has it: \`sources = FILE\` in [system].`,
    },
  );
}
