/**
 * Orders two versions of a package as deb-version(7) says and dpkg does: epoch, upstream version,
 * Debian revision; `~` comes before everything, the end included. Pure.
 *
 * @returns below 0 where `left` is the older one, above 0 where it is the newer one, else 0
 */
export function compareVersions(left: string, right: string): number {
  const [one, other] = [partsOf(left), partsOf(right)];
  return (
    compareNumbers(one.epoch, other.epoch) ||
    compareParts(one.upstream, other.upstream) ||
    compareParts(one.revision, other.revision)
  );
}

interface VersionParts {
  /** Digits; `0` where the version says none. */
  epoch: string;
  upstream: string;
  /** Empty where the version has none, which is the same as `0`. */
  revision: string;
}

/** The first colon ends the epoch, the last hyphen begins the revision. */
function partsOf(version: string): VersionParts {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: colon === -1 ? '0' : version.slice(0, colon),
    upstream: hyphen === -1 ? rest : rest.slice(0, hyphen),
    revision: hyphen === -1 ? '' : rest.slice(hyphen + 1),
  };
}

/** Text without digits and numbers take turns, and are compared as what they are. */
function compareParts(left: string, right: string): number {
  const [one, other] = [runsOf(left), runsOf(right)];
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const [from = '', to = ''] = [one[at], other[at]];
    const order = at % 2 === 0 ? compareTexts(from, to) : compareNumbers(from, to);
    if (order !== 0) return order;
  }
  return 0;
}

/** `1.2-rc` as text, number, text…: the first one is a text, empty where a digit begins. */
function runsOf(text: string): string[] {
  const [first = ''] = /^\D*/.exec(text) ?? [];
  return [first, ...(text.slice(first.length).match(/\d+|\D+/g) ?? [])];
}

/** Versions of any length: dates with clock times do not fit into a number. */
function compareNumbers(left: string, right: string): number {
  const [one, other] = [left, right].map(digits => digits.replace(/^0+/, '')) as [string, string];
  if (one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : Number(one > other);
}

function compareTexts(left: string, right: string): number {
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = weight(left, at) - weight(right, at);
    if (order !== 0) return order;
  }
  return 0;
}

/** A tilde, then the end, then letters, then all else. */
function weight(text: string, at: number): number {
  const character = text[at];
  if (character === undefined) return 0;
  if (character === '~') return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}
