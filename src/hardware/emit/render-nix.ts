import source from '../../../templates/hardware-configuration.nix.eta';
import { lineComment, nixString, template } from '../../template.ts';
import type { HardwareModule, ModuleOrigin, NixExpression } from '../module/hardware-module.ts';
import { omissionLine } from './comment-lines.ts';
import { isLongList, type NixContent, type NixItem, nixContent } from './nix-blocks.ts';
import { expressionText } from './nix-expressions.ts';
import { originText } from './origin-text.ts';
import { seal } from './seal.ts';

interface NixFile extends NixContent {
  readonly origin: string;
  /** Subject and reason in one line each. */
  readonly leftOut: readonly string[];
  readonly isLongList: (items: readonly NixItem[]) => boolean;
}

const render = template<NixFile>(source, nixValue);

/** A module in the language of NixOS, with the line by which it is known again. Pure. */
export function renderNix(module: HardwareModule, origin: ModuleOrigin): string {
  const content = nixContent(module);
  return seal(
    render({
      ...content,
      origin: lineComment(originText(origin)),
      leftOut: content.omissions.map(omissionLine),
      isLongList,
    }),
  );
}

/** A value where Nix expects an element of a list or an argument of a function. */
function nixValue(value: unknown): string {
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new Error(`not a whole number: ${value}`);
    return value < 0 ? `(${value})` : String(value);
  }
  if (typeof value === 'object' && value !== null) return expressionText(value as NixExpression);
  return nixString(value);
}
