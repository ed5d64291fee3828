import { GenctlError } from '../../errors.ts';
import { commandsOf, parseScript, type Statement, textOf } from './script/parse-script.ts';

/**
 * Text of a user in GRUB's own language, so that it ends where it ends: an open quote or block
 * would swallow what follows it, and GRUB stops for good at a word that is too long.
 *
 * @param option what the declaration calls it
 * @throws GenctlError GRUB_SYNTAX
 */
export function ownText(text: string, option: string): string {
  const [problem] = parseScript(text).problems;
  if (problem !== undefined) {
    throw new GenctlError(
      'GRUB_SYNTAX',
      `${option}, line ${problem.line}: GRUB could not read it: ${problem.reason}`,
      { hint: 'Try it with: grub-script-check' },
    );
  }
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

/** Commands after which a menu may have any number of lines more. */
const opaque = /^(?:|\.|source|configfile|(?:extract|legacy)_.*|syslinux_.*|normal|blscfg|eval)$/;

/** How many lines a text adds to a menu; undefined where that shows only when it runs. */
export function linesOfMenu(text: string): number | undefined {
  const { statements } = parseScript(text);
  const isLine = ({
    words: [first],
  }: {
    words: readonly Parameters<typeof textOf>[0][];
  }): boolean => ['menuentry', 'submenu'].includes(textOf(first));
  const isPlain = (statement: Statement): boolean =>
    statement.kind === 'command'
      ? !opaque.test(textOf(statement.words[0]))
      : !commandsOf([statement]).some(
          command => isLine(command) || opaque.test(textOf(command.words[0])),
        );
  if (!statements.every(isPlain)) return undefined;
  return statements.filter(statement => statement.kind === 'command' && isLine(statement)).length;
}
