/**
 * Whether a name fits a pattern of a shell: `*`, `?`, `[a-z]`, `[!a-z]`; a backslash is itself
 * (fnmatch(3) with FNM_NOESCAPE). It goes back to the last `*` only, so that no pattern takes long.
 */
export function fitsPattern(name: string, pattern: string): boolean {
  const parts = patternParts(pattern);
  let part = 0;
  let taken = 0;
  let behindStar = -1;
  let starTook = 0;
  while (taken < name.length) {
    const wanted = parts[part];
    if (wanted === '*') {
      part += 1;
      behindStar = part;
      starTook = taken;
    } else if (wanted?.(name.charAt(taken)) === true) {
      part += 1;
      taken += 1;
    } else if (behindStar >= 0) {
      starTook += 1;
      part = behindStar;
      taken = starTook;
    } else return false;
  }
  return parts.slice(part).every(rest => rest === '*');
}

/** Whether a pattern means one name only. */
export function isPlainName(pattern: string): boolean {
  return !/[*?[]/.test(pattern);
}

type Part = '*' | ((character: string) => boolean);

function patternParts(pattern: string): Part[] {
  const tokens = pattern.match(/\[[!^]?\]?[^\]]*\]|./gsu) ?? [];
  return tokens.map(token => {
    if (token === '*') return token;
    if (token === '?') return () => true;
    return token.length > 2 ? brackets(token) : character => character === token;
  });
}

/** `[!a-z_]`; a range whose end comes before its start holds nothing. */
function brackets(token: string): (character: string) => boolean {
  const isNegated = token[1] === '!' || token[1] === '^';
  const ranges = token.slice(isNegated ? 2 : 1, -1).match(/.-.|./gsu) ?? [];
  return character =>
    isNegated !==
    ranges.some(range => range.charAt(0) <= character && character <= range.slice(-1));
}
