const escape = String.fromCodePoint(0x1b);
const colourCodes = new RegExp(`${escape}\\[[0-9;]*m`, 'g');

/** How many columns a text takes on a terminal: colours take none. */
export function visibleLength(text: string): number {
  return Array.from(text.replace(colourCodes, '')).length;
}
