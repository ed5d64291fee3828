import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const folder = fileURLToPath(new URL('../../docs/schemas/', import.meta.url));

/** Names of all published schemas, `common` among them: that of a verb is its words, with hyphens. */
export const schemaNames: readonly string[] = fs
  .readdirSync(folder)
  .flatMap(name => /^(.*)\.json$/.exec(name)?.[1] ?? [])
  .toSorted();

/** Verbs whose `--dry-run` prints a plan, which is a document of its own. */
const planning = new Set([
  'switch',
  'boot',
  'test',
  'rollback',
  'install',
  'pin',
  'unpin',
  'note',
  'gc',
  'menu-sync',
  'menu-repair',
  'menu-adopt',
  'loader-install',
  'loader-update',
]);

/** Flags that may stand before the verb and whose value is a word of its own. */
const takesValue =
  /^--(?:root|config|profile|keep|older-than|keep-daily|keep-weekly|keep-monthly|delete|max-freed|from|kernel|file|format|size|device-by|conflicts|confirm)$/;

let loaded: Ajv2020 | undefined;

export function readSchema(name: string): object {
  return JSON.parse(fs.readFileSync(`${folder}${name}.json`, 'utf8')) as object;
}

export function validatorOf(name: string): ValidateFunction {
  loaded ??= load();
  const validate = loaded.getSchema(`${name}.json`);
  if (validate === undefined) throw new Error(`there is no docs/schemas/${name}.json`);
  return validate;
}

/**
 * Checks what a command has printed with `--json` against the schema of its verb.
 *
 * @throws Error that says what is not as published, or that the verb has no schema
 */
export function checkAnswer(args: readonly string[], exitCode: number, stdout: string): void {
  const name = schemaFor(args, exitCode);
  const validate = validatorOf(name);
  if (validate(parse(args, stdout))) return;
  const errors = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(
    `genctl ${args.join(' ')} is not as docs/schemas/${name}.json says:\n${errors.join('\n')}\n${stdout}`,
  );
}

function parse(args: readonly string[], stdout: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`genctl ${args.join(' ')} has not printed one JSON document: ${stdout}`);
  }
}

function schemaFor(args: readonly string[], exitCode: number): string {
  if (exitCode !== 0 && exitCode !== 3) return 'error';
  const words = args.filter(
    (word, index) => !word.startsWith('-') && !takesValue.test(args[index - 1] ?? ''),
  );
  const two = words.slice(0, 2).join('-');
  const verb = schemaNames.includes(two) ? two : (words[0] ?? '');
  return args.includes('--dry-run') && planning.has(verb) ? 'plan' : verb;
}

function load(): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  for (const name of schemaNames) ajv.addSchema(readSchema(name));
  return ajv;
}
