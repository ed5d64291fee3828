import { formatBytes } from '../bytes.ts';
import { exitCodes, type Finding, findingOf, GenctlError } from '../errors.ts';
import { type Generation, nameOf, systemProfile } from '../generations/generation.ts';
import { generationLink } from '../generations/profile-layout.ts';
import { recordOf } from '../generations/records.ts';
import type { RetentionPolicy, Verdict } from '../generations/retention.ts';
import { sayReason } from '../generations/say-reason.ts';
import { writeResult } from '../host/terminal.ts';
import { reportFinding } from '../output/report-error.ts';
import { printableLine } from '../printable.ts';
import { openStore } from '../store/open-store.ts';
import type { Command, Context } from './context.ts';
import { recordedSettings } from './machine/boot-settings.ts';
import { type GenerationSpace, measureSpace } from './machine/generation-space.ts';
import { judgeAll } from './machine/judge-machine.ts';
import { generationNumbered } from './machine/plan-generation.ts';
import { lookAtMachine, lookAtSystems, profileNamed } from './machine/read-machine.ts';
import { noFlags, readPolicy } from './machine/read-policy.ts';
import { verdictJson } from './machine/show-verdicts.ts';
import { aliveRoots } from './machine/store-roots.ts';
import { defaultKeys, usesOf } from './machine/uses.ts';

export interface WhyArgs {
  generation: number;
  profile: string;
}

/** `genctl why GEN`: why it stays or goes by what is declared, and what it takes. */
export const why: Command<WhyArgs> = async (context, { generation: number, profile }) => {
  const { root, json } = context;
  const { systems, findings } = lookAtSystems(root);
  for (const finding of findings) reportFinding(finding);
  const generation = generationNumbered(profileNamed(systems, profile), number);
  const settings = recordedSettings(systems.state);
  const looked = settings && (await lookAtMachine(root, systems, settings));
  const machine = looked !== undefined && 'targets' in looked ? looked : undefined;
  if (looked !== undefined && 'reason' in looked) reportFinding(looked);
  const rules = await rulesOf(context);
  if ('unread' in rules) reportFinding(rules.unread);
  const uses = usesOf(root, systems, machine === undefined ? [] : defaultKeys(machine));
  const by =
    rules.policy === undefined
      ? { named: new Set<number>(), profile }
      : { policy: rules.policy, profile };
  const verdict = judgeAll(systems, by, uses).get(generation);
  if (verdict === undefined) throw new Error(`${nameOf(generation)} was not judged`);
  const store = openStore(root, 'read');
  const space = await measureSpace(root, systems, machine?.targets[0], store);
  const own = space.generations.get(generation);
  const holders = aliveRoots(root, systems, [generation]).roots.filter(
    ({ storePath }) => storePath === generation.target,
  );
  const all = systems.profiles.flatMap(({ generations }) => generations);
  const linkOf = (each: Generation): string => generationLink(each.profile, each.number);
  const siblings = all.filter(each => holders.some(({ link }) => link === linkOf(each)));
  const others = holders.filter(({ link }) => siblings.every(each => linkOf(each) !== link));
  if (json) {
    const said = verdictJson(generation, withoutNaming(verdict), own, systems);
    writeResult(
      `${JSON.stringify({ ...said, system: generation.target, heldBy: holders.map(({ reason }) => reason) })}\n`,
    );
    return exitCodes.done;
  }
  const note = recordOf(systems.state, generation)?.note;
  const lines = [
    `${nameOf(generation)} ${verdict.keep ? 'stays' : 'goes with the next gc'}:`,
    ...reasonLines(verdict, rules),
    ...('finding' in generation.system
      ? [`it cannot boot: ${generation.system.finding.reason}`]
      : []),
    ...(note === undefined ? [] : [`note: ${note}`]),
    `system: ${generation.target}`,
    ...siblingLines(siblings),
    ...others.map(({ reason }) => `  also held by ${reason}`),
    ...spaceLines(own, machine !== undefined),
  ];
  writeResult(`${lines.map(printableLine).join('\n')}\n`);
  return exitCodes.done;
};

/** Generations of the same system, profile by profile. */
function siblingLines(siblings: readonly Generation[]): string[] {
  return [...new Set(siblings.map(({ profile }) => profile))].map(profile => {
    const numbers = siblings.flatMap(each => (each.profile === profile ? [each.number] : []));
    const which = `generation${numbers.length === 1 ? '' : 's'} ${numbers.join(', ')}`;
    return `  also ${which}${profile === systemProfile ? '' : ` of profile ${profile}`}`;
  });
}

/** What is declared: where nobody can read that, gc lets nothing go either. */
type Rules = { policy: RetentionPolicy | undefined } | { policy: undefined; unread: Finding };

async function rulesOf(context: Context): Promise<Rules> {
  try {
    return { policy: await readPolicy(context, noFlags) };
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return { policy: undefined, unread: findingOf(thrown, 'rules') };
  }
}

/** Nobody was asked to name any: where no rule lets one go, there is just no reason for it. */
function withoutNaming(verdict: Verdict): Verdict {
  if (!verdict.keep) return verdict;
  return { keep: true, reasons: verdict.reasons.filter(({ rule }) => rule !== 'not-named') };
}

function reasonLines(verdict: Verdict, rules: Rules): string[] {
  const said = withoutNaming(verdict).reasons.map(sayReason);
  const lack =
    'unread' in rules
      ? rules.unread.code === 'DECLARATION_FILE_MISSING'
        ? 'there is no declaration, so gc does only what its flags say, such as --keep'
        : 'the rules in [gc] cannot be read, and gc does nothing until they can'
      : 'no rule in [gc] lets any generation go';
  return [...said, ...(rules.policy === undefined ? [lack] : [])].map(reason => `  ${reason}`);
}

function spaceLines(space: GenerationSpace | undefined, isBootRead: boolean): string[] {
  if (space === undefined) return [];
  const { store, boot } = space;
  const inStore = `store: ${formatBytes(store.ownBytes)} of its own, ${formatBytes(store.sharedBytes)} shared`;
  if (!isBootRead) return [inStore];
  if (boot === undefined) return [inStore, 'boot partition: it is not in the menu'];
  return [
    inStore,
    `boot partition: ${formatBytes(boot.ownBytes)} of its own, ${formatBytes(boot.sharedBytes)} shared (kernel ${formatBytes(boot.kernelBytes)}, initrd ${formatBytes(boot.initrdBytes)})`,
  ];
}
