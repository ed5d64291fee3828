const works: (() => void)[] = [];

/** Does something when this process ends by itself, or by an error; a signal leaves no time. */
export function atProcessEnd(work: () => void): void {
  if (works.length === 0) process.once('exit', endAll);
  works.push(work);
}

function endAll(): void {
  for (const work of works) work();
}
