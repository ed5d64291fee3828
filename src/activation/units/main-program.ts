import { expandSpecifiers } from './specifiers.ts';
import type { UnitDefinition } from './unit-definition.ts';
import { valuesOf } from './unit-syntax.ts';

/** What may stand before a program in `ExecStart=`, then the program, in quotes or not. */
const firstWord = /^[@:+!|-]*(?:"(?<double>[^"\\]+)"|'(?<single>[^'\\]+)'|(?<plain>[^\s"'\\;]+))/;

/**
 * The program that a service runs as (systemd.service(5)), an absolute path; undefined where it says
 * none, or one that follows from more than the unit's name. Pure.
 */
export function mainProgram({ name, text }: UnitDefinition): string | undefined {
  const command = valuesOf(text, 'Service', 'ExecStart').at(-1) ?? '';
  const { double, single, plain } = firstWord.exec(command)?.groups ?? {};
  const program = expandSpecifiers(double ?? single ?? plain ?? '', name);
  return program?.startsWith('/') === true ? program : undefined;
}
