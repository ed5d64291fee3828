import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  findOption,
  optionsOf,
  type SectionName,
} from '../../src/system/declaration/option-table.ts';

/** The cells of each row of a text that is about an option, by its name. */
function rowsAbout(key: string, text: string): string[][] {
  return text
    .split('\n')
    .filter(line => line.startsWith(`| \`${key}\``))
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    );
}

/** Which options a document explains. */
interface Explained {
  document: string;
  section: SectionName;
  /** All of the section's where not set. */
  keys?: readonly string[];
}

const explained: readonly Explained[] = [
  { document: 'grub.md', section: 'boot.loader.grub' },
  { document: 'grub.md', section: 'boot.loader.grub.users' },
  { document: 'grub.md', section: 'boot.loader.grub.mirroredBoots' },
  {
    document: 'debian.md',
    section: 'system',
    keys: ['suite', 'kernelPackage', 'sources', 'debconfSelections'],
  },
  { document: 'debian.md', section: 'environment' },
  { document: 'debian.md', section: 'users.users' },
];

for (const { document, section, keys } of explained) {
  test(`docs/${document} says of options of [${section}] what the table of options does`, () => {
    const text = fs.readFileSync(new URL(`../../docs/${document}`, import.meta.url), 'utf8');
    for (const key of keys ?? Object.keys(optionsOf(section))) {
      const option = findOption(section, key);
      assert.ok(option, key);
      const { kind, fallback, about } = option;
      const row = rowsAbout(key, text).find(cells => cells.at(-1) === about);
      assert.ok(row, `no row says of ${key}: ${about}`);
      assert.is(row[0], kind === 'list' ? `\`${key}\` …` : `\`${key}\``);
      if (kind === 'list' || fallback === undefined) continue;
      assert.is(row.at(-2), `\`${JSON.stringify(fallback).replaceAll('"', '')}\``, key);
    }
  });
}

test.run();
