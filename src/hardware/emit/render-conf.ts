import source from '../../../templates/hardware-configuration.conf.eta';
import { iniValue, lineComment, template } from '../../template.ts';
import type { Definition, HardwareModule, ModuleOrigin } from '../module/hardware-module.ts';
import { omissionLine, reasonLines } from './comment-lines.ts';
import { type ConfLine, confLine, type NotInConf } from './conf-options.ts';
import { mergeDefinitions } from './merge-definitions.ts';
import { optionName } from './option-name.ts';
import { originText } from './origin-text.ts';
import { seal } from './seal.ts';

interface Entry {
  readonly comments: readonly string[];
  /** Undefined where there are only reasons: of what the header says by itself. */
  readonly key: string | undefined;
  readonly value: string | number | boolean;
}

interface Section {
  /** What stands between the brackets. */
  readonly header: string;
  readonly entries: readonly Entry[];
}

interface ConfFile {
  readonly origin: string;
  readonly sections: readonly Section[];
  /** What only NixOS has, and what was seen and left out; one line each. */
  readonly notHere: readonly string[];
  readonly leftOut: readonly string[];
}

const render = template<ConfFile>(source, iniValue);

/** A module as a file of a genctl declaration, with the line by which it is known again. Pure. */
export function renderConf(module: HardwareModule, origin: ModuleOrigin): string {
  const sections = new Map<string, Entry[]>();
  const notHere: string[] = [];
  for (const definition of mergeDefinitions(module.definitions)) {
    const line = confLine(definition);
    if ('reason' in line) {
      notHere.push(notHereText(definition, line));
      continue;
    }
    const header = headerOf(line);
    const entries = sections.get(header) ?? [];
    sections.set(header, entries);
    const { key, value } = line;
    entries.push({ comments: reasonLines(definition), key, value });
  }
  return seal(
    render({
      origin: lineComment(originText(origin)),
      sections: [...sections].map(([header, entries]) => ({ header, entries: toldOnce(entries) })),
      notHere,
      leftOut: module.omissions.map(omissionLine),
    }),
  );
}

function headerOf({ section, subject }: ConfLine): string {
  return subject === undefined ? section : `${section} ${JSON.stringify(subject)}`;
}

/** A reason that several lines of a section share stands above the first of them. */
function toldOnce(entries: readonly Entry[]): Entry[] {
  const told = new Set<string>();
  return entries.map(entry => {
    const comments = entry.comments.filter(comment => !told.has(comment));
    for (const comment of comments) told.add(comment);
    return { ...entry, comments };
  });
}

function notHereText({ option, value }: Definition, { reason }: NotInConf): string {
  const shown = typeof value === 'object' ? value.nix : JSON.stringify(value);
  return `${lineComment(optionName(option))} = ${lineComment(shown)}: ${reason}`;
}
