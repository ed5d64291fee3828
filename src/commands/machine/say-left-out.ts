import { writeNotice } from '../../host/terminal.ts';
import { noticeColours } from '../../output/colours.ts';
import { printableLine } from '../../printable.ts';
import { type LeftOut, reasonFor } from '../../system/from-debian/left-out.ts';

/** `--json` names all of them. */
const mostNamed = 20;

/** Tells what a declaration that was made of the machine does not say. */
export function sayLeftOut({ kind, items }: LeftOut): void {
  const { about, hint, isLoss } = reasonFor(kind);
  const more = items.length - mostNamed;
  const names = items.slice(0, mostNamed).join(', ');
  const all = more > 0 ? `${names} and ${more} more` : names;
  const head = isLoss ? noticeColours.yellow('left out:') : 'left out:';
  writeNotice(`${head} ${about}\n  ${printableLine(all)}\n`);
  if (hint !== undefined) writeNotice(`${noticeColours.cyan('hint:')} ${hint}\n`);
}

/** The same as `init --json` gives it: docs/schemas/init.json. */
export function leftOutJson({ kind, items }: LeftOut): object {
  const { about, hint, isLoss } = reasonFor(kind);
  return { kind, about, items, loss: isLoss, hint: hint ?? null };
}

export function isLoss({ kind }: LeftOut): boolean {
  return reasonFor(kind).isLoss;
}
