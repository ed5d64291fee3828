import type { AptSource } from './apt-source.ts';

/**
 * Reads sources of binary packages from a file of apt's, in the format of its name's ending:
 * sources.list(5). What is switched off, sources of source packages and CDs are left out. Lines may
 * end as other systems end them, which apt lets be too. Pure.
 */
export function parseSources(text: string, format: AptSource['format']): AptSource[] {
  const lines = text.replaceAll('\r\n', '\n');
  return format === 'list'
    ? lines.split('\n').flatMap(parseLine)
    : lines.split(/\n[ \t]*\n/).flatMap(parseParagraph);
}

/** The format of a file, whatever its name: each line of the one begins with a type. */
export function sourcesFormat(text: string): AptSource['format'] {
  return /^[ \t]*deb(?:-src)?[ \t]/m.test(text) ? 'list' : 'deb822';
}

function parseLine(line: string): AptSource[] {
  const [code = ''] = line.split('#');
  const match = /^\s*deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)(\s.*)?$/.exec(code);
  const [, options = '', uri = '', suite = '', components = ''] = match ?? [];
  if (match === null || uri.startsWith('cdrom:')) return [];
  const whole = `deb ${options}${uri} ${suite}${components}`.trimEnd();
  return [{ format: 'list', uris: [uri], suites: [suite], textFor: () => whole }];
}

interface Field {
  /** In lower case: case means nothing. */
  name: string;
  /** All its lines, as they are. */
  text: string;
}

function parseParagraph(paragraph: string): AptSource[] {
  const fields = fieldsOf(paragraph);
  const words = (name: string): string[] => {
    const text = fields.find(field => field.name === name)?.text ?? '';
    return text
      .slice(text.indexOf(':') + 1)
      .split(/\s+/)
      .filter(word => word !== '');
  };
  const isOff = ['no', 'false', 'without', 'off', 'disable', '0'].includes(
    words('enabled')[0]?.toLowerCase() ?? '',
  );
  const uris = words('uris').filter(uri => !uri.startsWith('cdrom:'));
  if (isOff || !words('types').includes('deb') || uris.length === 0) return [];
  const others = fields.filter(({ name }) => !['types', 'uris', 'suites'].includes(name));
  const textFor = (suites: readonly string[]): string =>
    [
      'Types: deb',
      `URIs: ${uris.join(' ')}`,
      `Suites: ${suites.join(' ')}`,
      ...others.map(({ text }) => text),
    ].join('\n');
  return [{ format: 'deb822', uris, suites: words('suites'), textFor }];
}

function fieldsOf(paragraph: string): Field[] {
  const fields: Field[] = [];
  for (const line of paragraph.split('\n')) {
    if (line.startsWith('#') || line.trim() === '') continue;
    const last = fields.at(-1);
    if (/^[ \t]/.test(line)) {
      if (last !== undefined) last.text += `\n${line}`;
      continue;
    }
    const name = /^([^:\s]+)\s*:/.exec(line)?.[1];
    if (name !== undefined) fields.push({ name: name.toLowerCase(), text: line });
  }
  return fields;
}
