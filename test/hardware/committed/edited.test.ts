import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type FileJudgement, judgeFile } from '../../../src/hardware/committed/edited.ts';
import { renderConf } from '../../../src/hardware/emit/render-conf.ts';
import { renderNix } from '../../../src/hardware/emit/render-nix.ts';
import { laptop, live } from '../emit/modules.ts';

const conf = renderConf(laptop, live);
const nix = renderNix(laptop, live);

/** A file, and whether genctl may write over it. */
const files: readonly (readonly [name: string, text: string, expected: FileJudgement])[] = [
  ['a module for genctl', conf, 'ours'],
  ['a module for NixOS', nix, 'ours'],
  ['a changed letter', conf.replace('noatime', 'relatime'), 'edited'],
  ['a changed comment', conf.replace('# swap', '# my swap'), 'edited'],
  ['a line more at the end', `${nix}\n`, 'edited'],
  ['a cut-off end', nix.slice(0, -1), 'edited'],
  ['nothing but the first line', conf.slice(0, conf.indexOf('\n')), 'edited'],
  ['a line above', `# mine\n${conf}`, 'edited'],
  ['ends of lines from Windows', conf.replaceAll('\n', '\r\n'), 'edited'],
  ['ends of lines from an old Mac', conf.replaceAll('\n', '\r'), 'edited'],
  ['a byte order mark', `\ufeff${nix}`, 'edited'],
  ['a changed hash', conf.replace(/sha256:../, 'sha256:00'), 'edited'],
  ['a format of later', conf.replace('configuration 1 ', 'configuration 2 '), 'edited'],
  ['no first line', conf.slice(conf.indexOf('\n') + 1), 'foreign'],
  ["somebody else's", '{ config, lib, ... }: { }\n', 'foreign'],
  ['nothing', '', 'foreign'],
];

for (const [name, text, expected] of files) {
  test(`${name}: ${expected}`, () => assert.is(judgeFile(text), expected));
}

test.run();
