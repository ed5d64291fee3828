import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import type { Plan } from '../../src/transaction/plan.ts';
import { readDisks } from '../crash/read-disks.ts';
import { checkAnswer } from '../json-schemas/published-schemas.ts';
import { walkPlan } from '../transaction/walk-plan.ts';
import { genctlProgram } from './genctl-program.ts';

/** Verbs that have a plan to walk. */
const changing =
  /^(?:switch|boot|test|rollback|install|gc|menu sync|loader install|loader update)\b/;

/** The quick run leaves it out: it looks at every crash of every plan. */
const isWanted = process.env['GENCTL_TEST_WALK'] !== 'no';

/** What genctl writes on a boot partition; all else there is somebody's. */
const ours =
  /^(?:esp|xbootldr|boot|left)(?:-\d+)?:(?:genctl\/|EFI\/genctl\/|loader\/genctl\/|loader\/entries\/genctl-|loader\/loader\.conf|EFI\/(?:BOOT|systemd)\/)/;

/**
 * Walks every prefix of the plan that a command is about to carry out on a sandbox machine:
 * whatever is lost or torn, the machine boots and nothing foreign is touched. Commands that are
 * refused have none.
 */
export function walkFirst(root: string, args: readonly string[]): void {
  if (!isWanted || !changing.test(args.join(' ')) || args.includes('--dry-run')) return;
  if (isLink(`${root}/nix`)) return;
  const { status, stdout } = spawnSync(
    genctlProgram,
    ['--root', root, ...args, '--dry-run', '--json'],
    { encoding: 'utf8', maxBuffer: 64 << 20 },
  );
  if (status !== 0) return;
  checkAnswer([...args, '--dry-run', '--json'], status, stdout);
  const { plan } = JSON.parse(stdout) as { plan: Plan };
  if (plan.volumes.some(({ mountPoint }) => hasLinks(root + mountPoint))) return;
  const isForeign = (key: string): boolean => !key.startsWith('root:') && !ours.test(key);
  walkPlan(plan, readDisks(root, plan.volumes), isForeign);
}

/** The simulation knows no links among the folders, and none on a boot partition. */
function hasLinks(top: string): boolean {
  if (isLink(top)) return true;
  const names = fs.existsSync(top)
    ? fs.readdirSync(top, { recursive: true, encoding: 'utf8' })
    : [];
  return names.some(name => isLink(`${top}/${name}`));
}

function isLink(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
