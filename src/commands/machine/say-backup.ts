import type { ShownBackup } from './etc-state.ts';

/** A machine that becomes one of generations has a backup of each file of its packages in /etc. */
const mostNamed = 20;

/** Backups for people, one line each; of many, the first ones. */
export function sayBackups(backups: readonly ShownBackup[]): string[] {
  const more = backups.length - mostNamed;
  const lines = backups.slice(0, mostNamed).map(sayBackup);
  return more > 0 ? [...lines, `on hold: ${more} more, which --json names`] : lines;
}

/** What it is of, and when it comes back. */
function sayBackup(backup: ShownBackup): string {
  const rollback = backup.onRollback ? ', so with a rollback' : '';
  return `on hold: /etc/${backup.path} (${whenBack(backup)}${rollback})`;
}

function whenBack({ backup, comesBack, generations }: ShownBackup): string {
  if (comesBack === 'when-unwanted') return 'comes back once no system declares it';
  if (comesBack === 'never' || generations.length === 0) return `stays at ${backup}`;
  const plural = generations.length === 1 ? '' : 's';
  return `comes back with generation${plural} ${generations.join(', ')}`;
}

/** The same as `status --json` gives it. */
export function backupJson({
  path,
  backup,
  comesBack,
  generations,
  onRollback,
}: ShownBackup): object {
  const isOfTree = typeof comesBack === 'object';
  return {
    path: `/etc/${path}`,
    backup,
    comesBack: isOfTree ? 'with-tree' : comesBack,
    tree: isOfTree ? comesBack.tree : null,
    generations,
    onRollback,
  };
}
