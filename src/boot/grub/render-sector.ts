import sectorSource from '../../../templates/grub/sector.cfg.eta';
import { grubWord, template } from '../../template.ts';
import { padToSector, sectorBytes } from '../../transaction/lower.ts';
import type { Fallbacks } from './fallbacks.ts';

type Variables = readonly (readonly [name: string, value: string])[];

const render = template<{ variables: Variables; index: string }>(sectorSource, grubWord);

/**
 * The text of `default.cfg`, always exactly one sector: all that depends on the default, so that
 * another default needs no new file. Where the index has gone, as after a crash of a file system
 * whose journal GRUB does not replay, another one that is there is read.
 *
 * @param wanted the identifiers that lead to the default: `all>genctl-0123abcd-12-abcdef012345`
 * @param index the name of the index's file
 */
export function renderSector(
  wanted: string | undefined,
  fallbacks: Fallbacks,
  index: string,
): string {
  const own: Variables = wanted === undefined ? [] : [['genctl_default', wanted]];
  const text = render({ variables: [...own, ...variablesOf(fallbacks)], index: `/${index}` });
  // Somebody else's default may be long; it boots without them as well.
  const isTooLong = Buffer.byteLength(text) > sectorBytes;
  return padToSector(isTooLong ? render({ variables: own, index: `/${index}` }) : text);
}

function variablesOf({ top, once, all }: Fallbacks): Variables {
  const variables: (readonly [string, string | undefined])[] = [
    ['genctl_top', top],
    ['genctl_top_once', once],
    ['genctl_all', all?.first],
    ['genctl_all_next', all?.fallback],
    ['genctl_all_once', all?.once],
  ];
  return variables.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  );
}
