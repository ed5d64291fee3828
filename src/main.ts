import { readCommandLine } from './cli.ts';
import { openContext } from './commands/context.ts';
import { exitCodes } from './errors.ts';
import { tellCaller } from './host/caller.ts';
import { reportError } from './output/report-error.ts';
import { runElsewhere } from './run-elsewhere.ts';

/** From the arguments to the exit code. The only place that catches everything. */
async function main(args: readonly string[]): Promise<number> {
  const style = { json: args.includes('--json'), verbose: args.includes('--verbose') };
  try {
    const invocation = await readCommandLine(args);
    if (invocation === undefined) return exitCodes.done;
    const context = openContext(invocation.flags);
    using root = context.root;
    return (await runElsewhere(args, invocation, root)) ?? (await invocation.run(context));
  } catch (thrown) {
    return reportError(thrown, style);
  }
}

// Folders that we make must be open to those who have to read them, whatever root's umask is.
process.umask(0o022);
void main(process.argv.slice(2)).then(async exitCode => {
  await tellCaller(exitCode);
  // Everything is written by now. What may still run is a program that somebody else's package has
  // started for a summary, and that does not answer.
  process.exit(exitCode);
});
