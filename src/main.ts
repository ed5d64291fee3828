import { readCommandLine } from './cli.ts';
import { exitCodes } from './errors.ts';
import {
  isInside,
  isStoreReadOnly,
  makeStoreWritable,
  rerunWithWritableStore,
} from './host/private-mounts.ts';
import { reportError } from './output/report-error.ts';

/** From the arguments to the exit code. The only place that catches everything. */
async function main(args: readonly string[]): Promise<number> {
  const style = { json: args.includes('--json'), verbose: args.includes('--verbose') };
  try {
    const invocation = await readCommandLine(args);
    if (invocation === undefined) return exitCodes.done;
    const { flags, writesStore } = invocation;
    if (writesStore && flags.root === '/' && isStoreReadOnly()) {
      if (!isInside()) return await rerunWithWritableStore(args);
      await makeStoreWritable();
    }
    return await invocation.run(flags);
  } catch (thrown) {
    return reportError(thrown, style);
  }
}

// Folders that we make must be open to those who have to read them, whatever root's umask is.
process.umask(0o022);
void main(process.argv.slice(2)).then(exitCode => {
  process.exitCode = exitCode;
});
