import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { optionsOf, type SectionName } from '../../src/system/declaration/option-table.ts';

const document = fs.readFileSync(new URL('../../docs/grub.md', import.meta.url), 'utf8');

/** The cells of each row that is about an option, by its name. */
function rowsAbout(key: string): string[][] {
  return document
    .split('\n')
    .filter(line => line.startsWith(`| \`${key}\``))
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    );
}

const sections: readonly SectionName[] = [
  'boot.loader.grub',
  'boot.loader.grub.users',
  'boot.loader.grub.mirroredBoots',
];

for (const section of sections) {
  test(`docs/grub.md says of each option of [${section}] what the table of options does`, () => {
    for (const [key, { kind, fallback, about }] of Object.entries(optionsOf(section))) {
      const row = rowsAbout(key).find(cells => cells.at(-1) === about);
      assert.ok(row, `no row says of ${key}: ${about}`);
      assert.is(row[0], kind === 'list' ? `\`${key}\` …` : `\`${key}\``);
      if (kind === 'list' || fallback === undefined) continue;
      assert.is(row.at(-2), `\`${JSON.stringify(fallback).replaceAll('"', '')}\``, key);
    }
  });
}

test.run();
