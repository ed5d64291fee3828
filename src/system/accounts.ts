import type { DeclaredAccounts } from './sysusers.ts';

/** Why an account has no number that is known, and what to do. */
export interface UnknownAccount {
  reason: string;
  hint: string;
}

export type AccountKind = 'user' | 'group';

/**
 * The users and groups of the machine that a system is for, and those that its declaration brings.
 * Unknown ones are never root.
 */
export class Accounts {
  readonly #tables: Readonly<Record<AccountKind, ReadonlyMap<string, number | undefined>>>;

  /** @param passwd, group the texts of /etc/passwd and /etc/group: what is there stays as it is */
  constructor(passwd: string, group: string, declared: DeclaredAccounts) {
    this.#tables = {
      user: new Map([...declared.users, ...numbersIn(passwd), ['root', 0]]),
      group: new Map([...declared.groups, ...numbersIn(group), ['root', 0]]),
    };
  }

  number(kind: AccountKind, account: string | number): number | UnknownAccount {
    if (typeof account === 'number') return account;
    const number = this.#tables[kind].get(account);
    if (number !== undefined) return number;
    return this.#tables[kind].has(account)
      ? {
          reason: `the ${kind} ${account} has no fixed number in etc/sysusers.d`,
          hint: `Give it one there, as in \`${kind === 'user' ? 'u' : 'g'} ${account} 850\`: files are placed before it is made.`,
        }
      : {
          reason: `unknown ${kind} ${account}`,
          hint: `Create the ${kind} first, or give its number.`,
        };
  }
}

/** `NAME:…:NUMBER:…`, the form of passwd(5) and group(5); of two lines, the first counts. */
function* numbersIn(text: string): Generator<readonly [string, number]> {
  const seen = new Set<string>();
  for (const line of text.split('\n')) {
    const [name = '', , number = ''] = line.split(':');
    if (name === '' || seen.has(name) || !/^[0-9]{1,10}$/.test(number)) continue;
    seen.add(name);
    yield [name, Number(number)];
  }
}
