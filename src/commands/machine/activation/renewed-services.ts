import { mainProgram } from '../../../activation/units/main-program.ts';
import { type ObservedUnit } from '../../../activation/units/observed-unit.ts';
import { UnitDefinitions } from '../../../activation/units/unit-definition.ts';
import type { UnitFiles } from '../../../activation/units/unit-files.ts';
import type { Root } from '../../../host/root.ts';
import { inTree } from './placed-usr-files.ts';

/** systemd itself. */
const managerProgram = '/usr/lib/systemd/systemd';

/**
 * Services that run, and whose main program will be another one. What is done once at boot is done.
 *
 * @param now the unit files that they run by
 * @param tree the operating-system tree whose `usr` will be mounted, a store path
 */
export function renewedServices(
  root: Root,
  tree: string,
  now: UnitFiles,
  states: readonly ObservedUnit[],
): ReadonlySet<string> {
  const definitions = new UnitDefinitions(now);
  const known = new Map<string, boolean>();
  const isOther = (program: string): boolean => {
    const answer = known.get(program) ?? isAnother(root, tree, program);
    known.set(program, answer);
    return answer;
  };
  const running = states.filter(({ name, sub }) => name.endsWith('.service') && sub === 'running');
  const renewed = running.filter(({ name }) => {
    const program = mainProgram(definitions.of(name));
    return program !== undefined && isOther(program);
  });
  return new Set(renewed.map(({ name }) => name));
}

/** Whether systemd itself will be another one. */
export function isManagerRenewed(root: Root, tree: string): boolean {
  return isAnother(root, tree, managerProgram);
}

/** A program that will be gone is no other one: what is left of its unit tells what becomes of it. */
function isAnother(root: Root, tree: string, program: string): boolean {
  const [now, future] = [root.stat(program), root.stat(inTree(tree, program))];
  if (now?.kind !== 'file' || future?.kind !== 'file') return false;
  // The store makes equal files one.
  if (now.device === future.device && now.inode === future.inode) return false;
  return (
    now.sizeBytes !== future.sizeBytes ||
    contentOf(root, program) !== contentOf(root, inTree(tree, program))
  );
}

/** The SHA-256 of a file. */
function contentOf(root: Root, path: string): string {
  const { folder, name } = root.locate(path);
  using _ = folder;
  return folder.digest(name).sha256;
}
