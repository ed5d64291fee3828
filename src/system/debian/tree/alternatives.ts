/** What update-alternatives(1) knows of a name that several packages want to be. */
export interface Alternatives {
  /** Whether the choice of the highest priority is taken; otherwise somebody has chosen. */
  isAutomatic: boolean;
  /** Paths that lead to the choice, `/usr/bin/editor`: the name's own, and those that go with it. */
  links: readonly string[];
  choices: readonly AlternativeChoice[];
}

export interface AlternativeChoice {
  /** `/usr/bin/vim.basic`. */
  path: string;
  priority: number;
}

/**
 * Reads a file of `/var/lib/dpkg/alternatives`: the mode and the link; name and link of each that
 * goes with it, to an empty line; then each choice's path and priority, and where those of before
 * lead. Pure.
 */
export function parseAlternatives(text: string): Alternatives {
  const [mode, link = '', ...lines] = text.split('\n');
  const end = lines.indexOf('');
  const slaves = lines.slice(0, end).filter((_, index) => index % 2 === 1);
  const rest = lines.slice(end + 1);
  const choices: AlternativeChoice[] = [];
  for (let at = 0; at < rest.length && rest[at] !== ''; at += 2 + slaves.length) {
    choices.push({ path: rest[at] ?? '', priority: Number(rest[at + 1]) });
  }
  return { isAutomatic: mode === 'auto', links: [link, ...slaves], choices };
}

/** The choices that have the highest priority. Of several the one that came first is taken. */
export function bestChoices({ choices }: Alternatives): AlternativeChoice[] {
  const highest = Math.max(...choices.map(({ priority }) => priority));
  return choices.filter(({ priority }) => priority === highest);
}
