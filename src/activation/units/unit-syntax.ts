/** One assignment of a unit file. */
export interface Assignment {
  key: string;
  value: string;
}

/** What unit files assign: sections by name, each one's assignments in order. */
export type UnitText = ReadonlyMap<string, readonly Assignment[]>;

/** systemd takes a NUL for the end of a line as well. */
const lineEnd = /(?:\n\r?|\r\n?)\0?|\0/;

/**
 * Reads a unit file as systemd does (systemd.syntax(7)). A line that ends in an odd number of
 * backslashes goes on in the next that is no comment; a section that comes again goes on; lines
 * outside of sections and lines that assign nothing are passed over; a header without its end is
 * where systemd gives up. Nothing is unquoted or expanded: `ExecStart=/bin/a ; /bin/b` is one
 * value. Pure; any text is read.
 */
export function parseUnit(text: string): UnitText {
  const unit = new Map<string, Assignment[]>();
  let section: Assignment[] | undefined;
  for (const line of logicalLines(text)) {
    if (line.startsWith('[')) {
      if (!line.endsWith(']')) break;
      const name = line.slice(1, -1);
      section = unit.get(name) ?? [];
      unit.set(name, section);
      continue;
    }
    const assignment = assignmentOf(line);
    if (assignment !== undefined) section?.push(assignment);
  }
  return unit;
}

/** Unit files one after the other, as systemd reads a fragment and its drop-ins. */
export function joinUnits(texts: Iterable<UnitText>): UnitText {
  const joined = new Map<string, Assignment[]>();
  for (const text of texts) {
    for (const [section, assignments] of text) {
      const all = joined.get(section) ?? [];
      for (const assignment of assignments) all.push(assignment);
      joined.set(section, all);
    }
  }
  return joined;
}

/** What a key is set to, in order: an empty value takes back those before it. */
export function valuesOf(unit: UnitText, section: string, key: string): readonly string[] {
  const all = (unit.get(section) ?? []).filter(assignment => assignment.key === key);
  const reset = all.findLastIndex(({ value }) => value === '');
  return all.slice(reset + 1).map(({ value }) => value);
}

const yes = new Set(['1', 'yes', 'y', 'true', 't', 'on']);
const no = new Set(['0', 'no', 'n', 'false', 'f', 'off']);

/** Whether a key is on, in whichever section it is; undefined where it is not set, or not to that. */
export function flagOf(unit: UnitText, key: string): boolean | undefined {
  const value = [...unit.keys()]
    .flatMap(section => valuesOf(unit, section, key))
    .at(-1)
    ?.toLowerCase();
  if (value === undefined) return undefined;
  return yes.has(value) || (no.has(value) ? false : undefined);
}

/** Lines without comments and blanks around them; continued ones joined. */
function* logicalLines(text: string): Generator<string> {
  const begun: string[] = [];
  for (const line of text.replace(/^\ufeff/, '').split(lineEnd)) {
    const [first] = stripped(line);
    if (first === '#' || first === ';') continue;
    if (isContinued(line)) {
      begun.push(`${line.slice(0, -1)} `);
      continue;
    }
    begun.push(line);
    yield stripped(begun.join(''));
    begun.length = 0;
  }
  yield stripped(begun.join(''));
}

function isContinued(line: string): boolean {
  let backslashes = 0;
  while (line[line.length - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

function assignmentOf(line: string): Assignment | undefined {
  const equals = line.indexOf('=');
  if (equals <= 0) return undefined;
  return { key: stripped(line.slice(0, equals)), value: stripped(line.slice(equals + 1)) };
}

/** Without blanks at both ends: systemd's blanks, which are fewer than those of `trim`. */
function stripped(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
