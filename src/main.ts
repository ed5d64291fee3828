import { readCommandLine } from './cli.ts';
import { exitCodes } from './errors.ts';
import { reportError } from './output/report-error.ts';

/** From the arguments to the exit code. The only place that catches everything. */
async function main(args: readonly string[]): Promise<number> {
  const style = { json: args.includes('--json'), verbose: args.includes('--verbose') };
  try {
    const invocation = await readCommandLine(args);
    if (invocation === undefined) return exitCodes.done;
    return await invocation.run(invocation.flags);
  } catch (thrown) {
    return reportError(thrown, style);
  }
}

void main(process.argv.slice(2)).then(exitCode => {
  process.exitCode = exitCode;
});
