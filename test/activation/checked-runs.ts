import * as assert from 'uvu/assert';
import { type ActivationItem, activationPlan } from '../../src/activation/activation-plan.ts';
import type { Sandbox, Shell, System } from './sandbox.ts';

/** What `activate` says when it does an item of its plan. */
function said(item: ActivationItem): string {
  switch (item.action) {
    case 'folder':
      return `made folder /etc/${item.path}`;
    case 'link':
    case 'direct':
      return `linked /etc/${item.path}`;
    case 'copy':
      return `copied /etc/${item.path}`;
    case 'remove':
      return `removed /etc/${item.path}`;
    case 'remove-folder':
      return `removed folder /etc/${item.path}`;
    case 'backup':
      return `backed up /etc/${item.path} as ${item.backup}`;
    case 'restore':
      return `restored /etc/${item.path} from ${item.backup}`;
    case 'forget':
      return `left the backup of /etc/${item.path} at ${item.backup}: another one is there`;
    case 'leave':
      return `left the backup of /etc/${item.path} at ${item.backup}: it does not come back`;
    case 'usr':
      return `mounted ${item.target} at /usr`;
    case 'static':
      return `pointed /etc/static to ${item.target}`;
    case 'current':
      return `pointed /run/current-system to ${item.target}`;
    case 'remove-current':
      return 'removed /run/current-system';
    case 'keep':
      return `kept /etc/${item.path}, which is not ours (${item.obstacle})`;
    case 'blocked':
      return `cannot change /etc/${item.path}`;
    case 'other':
      return item.words.join(' ');
  }
}

/** Applies a system and checks, on the way, that the plan said so, and that a second run is idle. */
export function apply(sandbox: Sandbox, shell: Shell, system: System): string[] {
  return checkedRun(sandbox, shell, system, []);
}

/** Withdraws what is applied, with the same checks. */
export function withdraw(sandbox: Sandbox, shell: Shell, system: System): string[] {
  const lines = checkedRun(sandbox, shell, system, ['withdraw']);
  assert.not(sandbox.exists('/etc/.genctl/manifest'));
  return lines;
}

function checkedRun(
  sandbox: Sandbox,
  shell: Shell,
  system: System,
  verb: readonly string[],
): string[] {
  const everything = (): string[] => sandbox.list('', ['nix']);
  const before = everything();
  const plan = sandbox.run(shell, system, ['plan', ...verb]);
  assert.is(plan.stderr, '');
  assert.is(plan.status, 0);
  assert.equal(everything(), before, 'plan changes nothing');
  const result = sandbox.run(shell, system, verb);
  assert.is(result.stderr, '');
  assert.is(result.status, 0);
  const lines = result.stdout.split('\n').slice(0, -1);
  assert.equal(lines, activationPlan(plan.stdout).map(said), 'the plan is what is done');
  const after = everything();
  const again = sandbox.run(shell, system, verb);
  assert.is(again.status, 0);
  assert.is(again.stdout + again.stderr, '', 'a second run has nothing to do');
  assert.is(sandbox.run(shell, system, ['plan', ...verb]).stdout, '');
  assert.equal(everything(), after, 'a second run changes nothing');
  assert.not(sandbox.exists('/etc/.genctl/manifest.pending'));
  assert.not(sandbox.exists('/etc/.genctl/new'));
  return lines;
}
