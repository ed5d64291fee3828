/** Accounts by name; undefined for one whose number the machine that makes it chooses. */
export interface DeclaredAccounts {
  users: ReadonlyMap<string, number | undefined>;
  groups: ReadonlyMap<string, number | undefined>;
}

/**
 * The accounts that files of sysusers.d(5) make, by the numbers that these give them. Of two lines
 * about one account, the first counts.
 *
 * @param texts the files' texts, sorted by the files' names
 */
export function sysusersAccounts(texts: readonly string[]): DeclaredAccounts {
  const lines = texts.flatMap(text => text.split('\n')).map(fieldsOf);
  const users = new Map<string, number | undefined>();
  const groups = new Map<string, number | undefined>();
  for (const { type, name, id } of lines) {
    if (type === 'g') setFirst(groups, name, numberOf(id));
    else if (type === 'u') setFirst(users, name, numberOf(id.split(':')[0] ?? ''));
  }
  // A user's own group, which is made after those that have a line of their own.
  for (const { type, name, id } of lines) {
    if (type === 'u' && !id.includes(':')) setFirst(groups, name, numberOf(id));
  }
  for (const { type, name, id } of lines) {
    if (type !== 'm') continue;
    setFirst(users, name, undefined);
    setFirst(groups, name, undefined);
    setFirst(groups, id, undefined);
  }
  return { users, groups };
}

interface Fields {
  type: string;
  name: string;
  id: string;
}

function fieldsOf(line: string): Fields {
  const text = line.trim();
  const [type = '', name = '', id = '-'] = text.startsWith('#') ? [] : text.split(/[ \t]+/);
  // `u!` makes a locked account.
  return { type: type.replace(/!$/, ''), name: unquoted(name), id: unquoted(id) };
}

function unquoted(word: string): string {
  return word.replace(/^(["'])(.*)\1$/, '$2');
}

function numberOf(id: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,9})$/.test(id) ? Number(id) : undefined;
}

function setFirst<V>(map: Map<string, V>, key: string, value: V): void {
  if (!map.has(key)) map.set(key, value);
}
