import { isSea } from 'node:sea';
import { GenctlError } from '../errors.ts';
import { ownProgram } from './own-program.ts';

/** The files that make up this program, by their paths on the host, without links. */
export type OwnFiles =
  /** Node and the program in one file. */
  | { kind: 'single'; executable: string }
  /** Node, and the bundle that it runs. */
  | { kind: 'by-node'; node: string; bundle: string };

/**
 * What has to be copied so that another machine has this same genctl.
 *
 * @throws GenctlError OWN_FILES_UNFIT where it cannot be copied as it runs here
 */
export function ownFiles(): OwnFiles {
  const [program = '', bundle = ''] = ownProgram();
  if (isSea()) return { kind: 'single', executable: program };
  if (/\.[cm]?[jt]s$/.test(bundle)) throw unfit('it runs from its sources');
  // Debian's own Node is a small file that needs a library, libnode, beside it.
  const { node_shared: isShared } = process.config.variables as { node_shared?: boolean };
  if (isShared === true) throw unfit(`${program} is in part a library of this machine`);
  return { kind: 'by-node', node: program, bundle };
}

function unfit(why: string): GenctlError {
  return new GenctlError('OWN_FILES_UNFIT', `this genctl cannot be put into a system: ${why}`, {
    hint: 'Run the single executable, which has Node inside: scripts/bundle makes it.',
  });
}
