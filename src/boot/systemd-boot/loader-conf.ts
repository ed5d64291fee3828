import loaderSource from '../../../templates/loader.conf.eta';
import { blsValue, template } from '../../template.ts';
import { padToSector } from '../../transaction/lower.ts';
import type { MenuSettings } from '../menu.ts';

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

/** The lines of a `loader.conf` that mean something, by key; later ones win. */
export function parseLoaderConf(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^[ \t]*([^ \t#][^ \t]*)[ \t]+(.*?)[ \t]*$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) values.set(match[1], match[2]);
  }
  return values;
}
