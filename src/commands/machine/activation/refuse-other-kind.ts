import { bootedSystem, treeOf } from '../../../activation/own-usr.ts';
import { GenctlError } from '../../../errors.ts';
import type { Root } from '../../../host/root.ts';

/**
 * Only a boot can put a /usr of the store in the place of the machine's, or give that back: what runs
 * would lose its programs.
 *
 * @throws GenctlError NEEDS_REBOOT
 */
export function refuseOtherKind(root: Root, system: string): void {
  if (!root.isLive) return;
  const isOwn = treeOf(root, system) !== undefined;
  if (isOwn === (treeOf(root, bootedSystem) !== undefined)) return;
  const why = isOwn
    ? 'it brings its own /usr, and this machine was booted with another one'
    : 'it leaves /usr to the machine, and this one was booted with that of a system';
  throw new GenctlError('NEEDS_REBOOT', `${system}: ${why}, which only a boot can exchange`, {
    hint: 'Make it the default of the menu with `genctl boot`, and reboot.',
  });
}
