/** The known word that was probably meant by an unknown one; undefined where none is near. */
export function nearestWord(unknown: string, known: Iterable<string>): string | undefined {
  const meant = unknown.toLowerCase();
  let nearest: string | undefined;
  // A third of the letters may be wrong; in a word of two or three letters, one.
  let least = Math.max(1, Math.floor(meant.length / 3)) + 1;
  for (const word of known) {
    // The lengths alone tell that it is too far: spares the table for long hostile words.
    if (Math.abs(word.length - meant.length) >= least) continue;
    const distance = editDistance(meant, word.toLowerCase());
    // A word of which no letter is right was not meant.
    if (distance < least && distance < word.length) {
      least = distance;
      nearest = word;
    }
  }
  return nearest;
}

/** Letters inserted, left out, replaced, or swapped with their neighbour. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      const swapped =
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (same ? 0 : 1),
          swapped ? at(beforeLast, column - 2) + 1 : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
