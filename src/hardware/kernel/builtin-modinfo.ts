/** What modules say that are parts of the kernel. */
export interface BuiltinModinfo {
  /** As lines of a modules.alias. */
  readonly aliasLines: string;
  /** Pairs of a module and its `pre: … post: …`. */
  readonly softDependencies: readonly (readonly [module: string, wanted: string])[];
}

const aliasKey = 'alias=';
const softKey = 'softdep=';

/**
 * Reads a modules.builtin.modinfo (kernels since 5.2): `MODULE.KEY=VALUE`, a NUL behind each.
 * Values with line ends are left out: no line of a modules.alias could say them.
 */
export function readBuiltinModinfo(text: string): BuiltinModinfo {
  const lines: string[] = [];
  const softDependencies: (readonly [string, string])[] = [];
  for (let at = 0; at < text.length; ) {
    const nul = text.indexOf('\0', at);
    const end = nul < 0 ? text.length : nul;
    const dot = text.indexOf('.', at);
    if (dot > at && dot < end) {
      const module = () => text.slice(at, dot);
      if (text.startsWith(aliasKey, dot + 1)) {
        const line = `alias ${text.slice(dot + 1 + aliasKey.length, end)} ${module()}`;
        if (!line.includes('\n')) lines.push(line);
      } else if (text.startsWith(softKey, dot + 1)) {
        softDependencies.push([module(), text.slice(dot + 1 + softKey.length, end)]);
      }
    }
    at = end + 1;
  }
  return { aliasLines: lines.join('\n'), softDependencies };
}
