import loaderSource from '../../../templates/loader.conf.eta';
import { blsValue, template } from '../../template.ts';
import { padToSector, sectorBytes } from '../../transaction/lower.ts';
import type { MenuSettings } from '../menu.ts';
import { keyedLines } from './keyed-lines.ts';

export interface LoaderConf extends MenuSettings {
  /** The name of an entry's file, with `.conf`; undefined where none is set. */
  default: string | undefined;
}

const render = template<LoaderConf>(loaderSource, blsValue);

/**
 * The text of `loader.conf`, always exactly one sector. The default comes first, so that it is
 * there even in a file that was cut.
 */
export function renderLoaderConf(conf: LoaderConf): string {
  return padToSector(render(conf));
}

/** Whether a `loader.conf` is one that some genctl has written, as its last line says. */
export function isWrittenByGenctl(text: string): boolean {
  return Buffer.byteLength(text) === sectorBytes && /^# Written by genctl,/m.test(text);
}

/** The lines of a `loader.conf` that mean something, by key; later ones win. */
export function parseLoaderConf(text: string): Map<string, string> {
  return new Map(keyedLines(text));
}
