import type { ShownBackup } from './etc-state.ts';

/** A backup for people: what it is of, and when it comes back. */
export function sayBackup(backup: ShownBackup): string {
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
