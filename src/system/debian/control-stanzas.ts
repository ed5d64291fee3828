/** One paragraph of a control file, as dpkg's `status` has them: fields by lower-case names. */
export type Stanza = ReadonlyMap<string, string>;

/**
 * Reads a file of the format of deb-control(5), such as `/var/lib/dpkg/status`. The further lines
 * of a value stand behind line breaks, each without its first blank. Pure; what is no field is
 * passed over.
 */
export function parseStanzas(text: string): Stanza[] {
  const stanzas: Stanza[] = [];
  let fields = new Map<string, string>();
  let last = '';
  for (const line of [...text.split('\n'), '']) {
    if (line.trim() === '') {
      if (fields.size > 0) stanzas.push(fields);
      fields = new Map();
      last = '';
      continue;
    }
    if (/^[ \t]/.test(line)) {
      const above = fields.get(last);
      if (above !== undefined) fields.set(last, `${above}\n${line.slice(1)}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    last = line.slice(0, colon).toLowerCase();
    fields.set(last, line.slice(colon + 1).trim());
  }
  return stanzas;
}
