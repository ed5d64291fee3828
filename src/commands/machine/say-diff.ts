import type { EtcChange, Hidden } from '../../activation/diff/diff-etc.ts';
import type { EtcFileItem, EtcItem } from '../../activation/diff/etc-content.ts';
import { formatBytes } from '../../bytes.ts';
import { diffLists, type ListDifference } from '../../generations/diff-bootspecs.ts';
import type { OptionChange } from '../../generations/diff-options.ts';
import { nameOf } from '../../generations/generation.ts';
import { colours } from '../../output/colours.ts';
import { colouredDiff } from '../../output/unified-diff.ts';
import { printableLine } from '../../printable.ts';
import {
  type BootFile,
  type DiffSide,
  type GenerationDiff,
  isWithoutDifference,
} from './diff-generations.ts';
import { hunksOf } from './diff-hunks.ts';
import { sayPackages } from './say-packages.ts';

/** A comparison for people: what differs, kind by kind, then the hunks of files. */
export function sayDiff(diff: GenerationDiff): string {
  const { before, after, etc } = diff;
  const names = [before, after].map(({ generation }) => nameOf(generation));
  if (before.generation.target === after.generation.target) {
    return `${names.join(' and ')} are the same system: ${after.generation.target}\n`;
  }
  const lines = isWithoutDifference(diff)
    ? [
        'nothing that is shown here differs; the systems are',
        `  ${before.generation.target}`,
        `  ${after.generation.target}`,
      ]
    : sections(diff);
  const head = colours.bold(names.join(' -> '));
  const hunks = etc.flatMap(change => hunksOf(diff, change) ?? []);
  const blocks = [head, ...lines].map(line => `${line}\n`);
  return [...blocks, ...hunks.map(hunk => `\n${colouredDiff(hunk)}`)].join('');
}

function sections(diff: GenerationDiff): string[] {
  const { before, after, kernelParams, options, specialisations, packages, units, etc } = diff;
  return [
    ...fact('label', before.label, after.label),
    ...fact('kernel', sayKernel(before), sayKernel(after), isSameFile(before.kernel, after.kernel)),
    ...sayInitrds(before.initrds, after.initrds),
    ...fact('devicetree', sayFile(before.devicetree), sayFile(after.devicetree)),
    ...section('parameters', sayList(kernelParams)),
    ...section('options', (options ?? []).filter(isNotSaidAbove).flatMap(sayOption)),
    ...section('specialisations', [
      ...sayList({ ...specialisations, isReordered: false }),
      ...specialisations.changed.map(name => `changed ${printableLine(name)}`),
    ]),
    ...section('packages', packages === undefined ? [] : sayPackages(packages)),
    ...section(
      'units',
      units.map(({ unit, changes }) => `${printableLine(unit)}: ${changes.join(', ')}`),
    ),
    ...section('/etc', etc.map(sayEtcChange)),
  ];
}

/** Parameters and labels are told of as what came of them. */
function isNotSaidAbove({ option }: OptionChange): boolean {
  return option !== 'boot.kernelParams' && option !== 'system.label';
}

function section(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${name}:`, ...lines.map(line => `  ${line}`)];
}

function fact(name: string, before: string, after: string, isSame = before === after): string[] {
  if (isSame) return [];
  return [`${name}: ${printableLine(before)} -> ${printableLine(after)}`];
}

function isSameFile(before: BootFile, after: BootFile): boolean {
  return before.path === after.path;
}

/** Of equal names, the hash tells which is which. */
function sayKernel({ kernel }: DiffSide): string {
  return `${kernel.path.replace('/nix/store/', '')} (${formatBytes(kernel.sizeBytes)})`;
}

function sayFile(file: BootFile | undefined): string {
  return file === undefined ? 'none' : file.path.replace('/nix/store/', '');
}

function sayInitrds(before: readonly BootFile[], after: readonly BootFile[]): string[] {
  const [from, to] = [before, after].map(files => files.map(({ path }) => path).join(' '));
  const say = (files: readonly BootFile[]): string =>
    files.length === 0
      ? 'none'
      : files.map(({ name, sizeBytes }) => `${name} (${formatBytes(sizeBytes)})`).join(', ');
  return fact('initrd', say(before), say(after), from === to);
}

function sayList({ added, removed, isReordered }: ListDifference): string[] {
  return [
    ...removed.map(item => colours.red(`- ${printableLine(item)}`)),
    ...added.map(item => colours.green(`+ ${printableLine(item)}`)),
    ...(isReordered ? ['the others stand in another order'] : []),
  ];
}

function sayOption({ option, from, to }: OptionChange): string[] {
  const name = printableLine(option);
  const [before, after] = [textsOf(from), textsOf(to)];
  if (before === undefined || after === undefined) {
    return [`${name}: ${sayValue(from)} -> ${sayValue(to)}`];
  }
  return [`${name}:`, ...sayList(diffLists(before, after)).map(line => `  ${line}`)];
}

/** The items of a list of texts; none where nothing is set; undefined where it is no list. */
function textsOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map(item => (typeof item === 'string' ? item : JSON.stringify(item)));
}

function sayValue(value: unknown): string {
  if (value === undefined) return 'not set';
  return printableLine(typeof value === 'string' ? value : JSON.stringify(value));
}

function sayEtcChange({ path, before, after, texts }: EtcChange): string {
  const name = printableLine(path);
  if (before === undefined) return colours.green(`+ ${name}${sayItem(after)}`);
  if (after === undefined) return colours.red(`- ${name}`);
  const said = [
    ...saySwap(before, after),
    ...(typeof texts === 'string' && texts !== 'same' ? [sayHidden(before, after, texts)] : []),
  ];
  return `~ ${name}${said.length === 0 ? '' : `: ${said.join('; ')}`}`;
}

function sayItem(item: EtcItem | undefined): string {
  return item === undefined ? '' : ` (${whatIs(item)})`;
}

function saySwap(before: EtcItem, after: EtcItem): string[] {
  if (before.kind !== 'file' || after.kind !== 'file') {
    return [`${whatIs(before)} -> ${whatIs(after)}`];
  }
  const [from, to] = [sayOwnership(before), sayOwnership(after)];
  return from === to ? [] : [`${from} -> ${to}`];
}

function whatIs(item: EtcItem): string {
  if (item.kind === 'link') return `a link to ${printableLine(item.target)}`;
  const size = formatBytes(item.stat.sizeBytes);
  return item.ownership === undefined ? size : `${size}, ${sayOwnership(item)}`;
}

function sayOwnership({ ownership }: EtcFileItem): string {
  if (ownership === undefined) return 'a link into the store';
  const { mode, owner } = ownership;
  return `mode ${mode.toString(8).padStart(4, '0')}, owner ${printableLine(owner)}`;
}

const reasons: Readonly<Record<Hidden, string>> = {
  secret: 'not everybody may read it',
  binary: 'it is no text',
  large: 'it is too long',
};

function sayHidden(before: EtcItem, after: EtcItem, hidden: Hidden): string {
  const sizes = [before, after].map(item =>
    item.kind === 'file' ? formatBytes(item.stat.sizeBytes) : '',
  );
  return `another content, ${sizes.join(' -> ')} (not shown: ${reasons[hidden]})`;
}
