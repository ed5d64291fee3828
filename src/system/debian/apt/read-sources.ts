import { GenctlError } from '../../../errors.ts';
import { Root } from '../../../host/root.ts';
import type { AptSettings } from './apt-settings.ts';
import type { AptSource } from './apt-source.ts';
import type { HostApt } from './host-apt.ts';
import { parseSources, sourcesFormat } from './parse-sources.ts';
import { allSources, type SelectedSources, sourcesOfSuite } from './select-sources.ts';

/** Names that apt reads in a folder of sources. */
const partName = /^[A-Za-z0-9_.-]+\.(list|sources)$/;

/**
 * Where packages come from: the file that is declared, whole, or what this machine has for the
 * suite.
 *
 * @throws GenctlError SUITE_UNKNOWN, SOURCES_MISSING, SOURCES_EMPTY
 */
export function readSources(settings: AptSettings, host: HostApt): SelectedSources {
  const { root, suite, sourcesFile } = settings;
  if (sourcesFile !== undefined) return readSourcesFile(root, sourcesFile);
  using machine = new Root('/');
  return sourcesOfSuite(readMachineSources(machine, host), suite);
}

function readSourcesFile(root: Root, path: string): SelectedSources {
  const text = root.readFileIfThere(path)?.toString('utf8');
  if (text === undefined) {
    throw new GenctlError(
      'SOURCES_MISSING',
      `cannot read ${root.onHost(path)}: there is no such file`,
      {
        hint: 'Correct `sources` in [system], or leave it out for the sources of this machine.',
      },
    );
  }
  const sources = parseSources(text, sourcesFormat(text));
  if (sources.length > 0) return allSources(sources);
  throw new GenctlError('SOURCES_EMPTY', `${root.onHost(path)}: no source of packages is in it`, {
    hint: 'Write it as sources.list(5) says, such as `deb http://mirror.example/debian bookworm main`.',
  });
}

function readMachineSources(machine: Root, { sourceList, sourceParts }: HostApt): AptSource[] {
  const main = parseSources(textOf(machine, sourceList), 'list');
  using folder = machine.folderIfThere(sourceParts);
  const parts = (folder?.names() ?? []).flatMap(name => {
    const ending = partName.exec(name)?.[1];
    if (ending === undefined) return [];
    const text = textOf(machine, `${sourceParts}/${name}`);
    return parseSources(text, ending === 'list' ? 'list' : 'deb822');
  });
  return [...main, ...parts];
}

function textOf(machine: Root, path: string): string {
  return machine.stat(path)?.kind === 'file' ? machine.readFile(path).toString('utf8') : '';
}
