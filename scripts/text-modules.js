// Lets `node --import` load *.eta files and scripts/capture-hw as text, as the bundle does.
import { register } from 'node:module';

register(
  `data:text/javascript,${encodeURIComponent(`
  import { readFile } from 'node:fs/promises';
  export async function load(url, context, next) {
    const { pathname } = new URL(url);
    if (!/[.]eta$|[/]capture-hw$/.test(pathname)) return next(url, context);
    const text = await readFile(new URL(url.split('?')[0]), 'utf8');
    return {
      format: 'module',
      shortCircuit: true,
      source: 'export default ' + JSON.stringify(text),
    };
  }
`)}`,
);
