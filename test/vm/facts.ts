// What a machine says of itself once it is up: the lines that its init sends.

export interface Facts {
  readonly commandLine: string;
  readonly motd: string;
  readonly currentSystem: string;
  readonly bootedSystem: string;
  /** `worked`, or `refused: ` and the reason. */
  readonly storeWrite: string;
  readonly etcWrite: string;
  /** The boot loader's name of the entry that was started. */
  readonly entrySelected: string;
  /** What the machine's `/test-hook` wrote, if it has one. */
  readonly hook: string;
}

/** Takes the text between `facts: begin` and `facts: end`; a fact that is absent is empty. */
export function parseFacts(text: string): Facts {
  const values = new Map<string, string[]>();
  const start = text.lastIndexOf('facts: begin');
  for (const line of text.slice(start).split('\n')) {
    const [, key, value] = /^([a-z-]+): (.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const fact = (key: string): string => (values.get(key) ?? []).join('\n');
  return {
    commandLine: fact('command-line'),
    motd: fact('motd'),
    currentSystem: fact('current-system'),
    bootedSystem: fact('booted-system'),
    storeWrite: fact('store-write'),
    etcWrite: fact('etc-write'),
    entrySelected: fact('entry-selected'),
    hook: fact('hook'),
  };
}

/** The `name=value` lines of what a hook wrote; of equal names the last one. */
export function valuesIn(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('\n').flatMap((line): [string, string][] => {
    const [, name, value] = /^([a-z0-9-]+)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value]];
  });
  return new Map(pairs);
}
