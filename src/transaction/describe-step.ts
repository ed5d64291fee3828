import { formatBytes } from '../bytes.ts';
import { printableLine } from '../printable.ts';
import type { Step, SwitchUnits, UnitRun, VolumeId } from './step.ts';

/** Where the volumes are mounted on the host; what is not among them is `/`. */
export type MountPoints = ReadonlyMap<VolumeId, string>;

/** A step as one line for people, whatever is in the names of files that it is about. */
export function describeStep(step: Step, mountPoints: MountPoints): string {
  return printableLine(
    sayStep(step, 'volume' in step ? (mountPoints.get(step.volume) ?? '/') : '/'),
  );
}

/** @param top where the step's volume is mounted */
function sayStep(step: Step, top: string): string {
  const at = (path: string): string => `${top === '/' ? '' : top}/${path}`;
  switch (step.kind) {
    case 'create-file':
      return `write ${at(step.path)} (${formatBytes(step.sizeBytes)})`;
    case 'exchange-file':
      return `exchange ${at(step.path)} (${formatBytes(step.sizeBytes)})`;
    case 'verify-file':
      return `read back and verify ${at(step.path)}`;
    case 'remove-file':
      return `remove ${at(step.path)}`;
    case 'make-folder':
      return `make the folder ${at(step.path)}`;
    case 'overwrite-sector':
      return sayDefault(at(step.path), defaultOf(step.before), defaultOf(step.after));
    case 'take-over-sector':
      return `take over ${at(step.path)}`;
    case 'restore-text':
      return `restore ${at(step.path)}`;
    case 'write-ledger':
      return `record what is ours in ${at(step.folder)}`;
    case 'write-state':
      return `write /${step.path}`;
    case 'make-link':
      return `link /${step.path} -> ${step.target}`;
    case 'swap-link':
      return `switch /${step.path}: ${step.before ?? 'nothing'} -> ${step.after}`;
    case 'remove-link':
      return `remove the link /${step.path}`;
    case 'activate':
      return `activate ${step.system}`;
    case 'withdraw-activation':
      return `take back what ${step.system} has applied to /etc`;
    case 'verify-etc':
      return `verify /etc against ${step.system}`;
    case 'stop-units':
      return `stop ${unitsOf(step.runs)}`;
    case 'switch-units':
      return saySwitch(step);
    case 'restore-units':
      return step.runs.length === 0
        ? 'let systemd read its units again'
        : `let units run as before: ${unitsOf(step.runs)}`;
    case 'write-grub-environment':
      return `let ${at(step.path)} say ${linesOfChange(step.before, step.after)}`;
    case 'remove-tree':
      return `remove ${at(step.path)} with all that is in it`;
    case 'set-efi-variable':
      return `set the EFI variable ${step.name}: ${step.before ?? 'nothing'} -> ${step.after}`;
    case 'run-grub-install':
      return `install GRUB: ${step.runs.map(({ device }) => device).join(', ')}`;
    case 'point-load-option':
      return `let the firmware's entry Boot${step.number} start ${at(step.after)}`;
    case 'delete-load-option':
      return `delete the firmware's entry Boot${step.number}, which starts ${at(step.path)}`;
    case 'clear-efi-variable':
      return `clear the EFI variable ${step.name}, which says ${step.before}`;
    case 'run-bootctl':
      return `run bootctl ${step.args.join(' ')}`;
    case 'collect-garbage':
      return `delete what nothing needs from the store: ${step.storePathCount} paths (${formatBytes(step.sizeBytes)})`;
    case 'sync-volume':
      return `sync ${top}`;
    case 'mark-committed':
      return 'pass the point of no return';
  }
}

/** What a block of lines comes to say, and what it does not say any more. */
function linesOfChange(before: string, after: string): string {
  const [old, next] = [before, after].map(text => text.split('\n')) as [string[], string[]];
  const added = next.filter(line => !old.includes(line) && !/^#*$/.test(line));
  const removed = old.filter(line => !next.includes(line) && !/^#*$/.test(line));
  return [...added, ...removed.map(line => `no more ${line}`)].join(', ');
}

function sayDefault(path: string, before: string, after: string): string {
  return before === after
    ? `name the menu anew in ${path}; the default stays ${after}`
    : `move the default in ${path}: ${before} -> ${after}`;
}

/** What a sector names as the default: `loader.conf` of systemd-boot, `default.cfg` of GRUB. */
function defaultOf(sector: string): string {
  const [, bySystemdBoot, byGrub] =
    /^default (.*)$|^set genctl_default='?([^'\n]*)'?$/m.exec(sector) ?? [];
  return bySystemdBoot ?? byGrub ?? 'none';
}

function unitsOf(runs: readonly UnitRun[]): string {
  return runs.map(({ unit }) => unit).join(', ');
}

function saySwitch({ reload, restart, start, preset, provide, reexecute }: SwitchUnits): string {
  const parts: readonly (readonly [verb: string, units: readonly string[]])[] = [
    ['make what is declared by', provide?.flatMap(({ files }) => files) ?? []],
    ['preset', preset],
    ['reload', reload],
    ['restart', restart.map(({ unit }) => unit)],
    ['start', start],
  ];
  const said = parts.flatMap(([verb, units]) =>
    units.length === 0 ? [] : [`${verb} ${units.join(', ')}`],
  );
  const manager = reexecute ? 'restart systemd' : 'let systemd read its units again';
  return [manager, ...said].join('; ');
}
