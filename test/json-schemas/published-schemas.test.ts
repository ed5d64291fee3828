import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { genctlProgram } from '../commands/genctl-program.ts';
import { checkAnswer, readSchema, schemaNames, validatorOf } from './published-schemas.ts';

type Node = Readonly<Record<string, unknown>>;

/** Every object inside a schema, with where it is. */
function* nodesOf(value: unknown, path: string): Generator<[string, Node]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Node];
  for (const [key, inner] of Object.entries(value)) yield* nodesOf(inner, `${path}/${key}`);
}

test('every schema can be used, and none leaves a field open or unsaid', () => {
  for (const name of schemaNames) {
    validatorOf(name);
    for (const [path, node] of nodesOf(readSchema(name), name)) {
      const { properties } = node as { properties?: Record<string, Node> };
      if (properties === undefined || path.endsWith('/properties')) continue;
      assert.is(node['additionalProperties'], false, path);
      for (const [field, schema] of Object.entries(properties)) {
        const isSaid = schema['description'] !== undefined || schema['$ref'] !== undefined;
        assert.ok(isSaid, `${path}/${field} has no description`);
      }
    }
  }
});

test('docs/json.md lists every schema', () => {
  const text = fs.readFileSync(new URL('../../docs/json.md', import.meta.url), 'utf8');
  const listed = [...text.matchAll(/\(schemas\/([a-z-]+)\.json\)/g)].map(match => match[1] ?? '');
  assert.equal(listed.toSorted(), schemaNames);
});

function verbsOf(...group: readonly string[]): string[] {
  const { stdout } = spawnSync(process.execPath, [genctlProgram, ...group, '--help'], {
    encoding: 'utf8',
  });
  const start = ['genctl', ...group].join(' ');
  return [...stdout.matchAll(new RegExp(`^ {2}${start} ([a-z][a-z-]*)`, 'gm'))].map(
    match => match[1] ?? '',
  );
}

test('every verb has a schema', () => {
  const verbs = verbsOf().flatMap(verb => {
    const inner = verbsOf(verb);
    return inner.length === 0 ? [verb] : inner.map(word => `${verb}-${word}`);
  });
  assert.ok(verbs.length > 12, verbs.join(' '));
  const without = verbs.filter(verb => verb !== 'completion' && !schemaNames.includes(verb));
  assert.equal(without, []);
});

test('a field that no schema knows, one that is missing, and a verb without a schema', () => {
  const built = { system: '/nix/store/00000000000000000000000000000000-system' };
  const check = (args: readonly string[], answer: object): (() => void) => {
    return () => checkAnswer(args, 0, JSON.stringify(answer));
  };
  check(['build', '--json'], built)();
  assert.throws(check(['build', '--json'], { ...built, more: 1 }), /additionalProperty":"more"/);
  assert.throws(check(['build', '--json'], {}), /missingProperty":"system"/);
  assert.throws(check(['frobnicate', '--json'], {}), /no docs\/schemas\/frobnicate\.json/);
  assert.throws(check(['switch', '--dry-run'], built), /plan\.json/);
  assert.throws(() => checkAnswer(['build'], 1, JSON.stringify(built)), /error\.json/);
});

test.run();
