// A plugin for the bundle: yargs lays out the help of each command that it runs, for the case that
// the command fails and shall print it. Ours never does (`fail(false)`), and it takes 6 ms.
import { readFile } from 'node:fs/promises';

const wanted = 'yargs.getInternalMethods().getUsageInstance().cacheHelpMessage();';

/** @type {import('esbuild').Plugin} */
export const quietYargs = {
  name: 'quiet-yargs',
  setup(build) {
    build.onLoad({ filter: /\/yargs\/build\/lib\/command\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (source.split(wanted).length !== 2) throw new Error(`${path} is not as it was: see to it`);
      return { contents: source.replace(wanted, ''), loader: 'js' };
    });
  },
};
