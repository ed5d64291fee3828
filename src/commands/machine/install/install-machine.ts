import { treeOf } from '../../../activation/own-usr.ts';
import type { TargetDisk } from '../../../boot/grub/installation/read-installation.ts';
import { openTargetsForChange } from '../../../boot/open-targets.ts';
import { binaryFolder } from '../../../boot/systemd-boot/loader-binary.ts';
import { type ExitCode, exitCodes, type Finding } from '../../../errors.ts';
import { systemProfile } from '../../../generations/generation.ts';
import type { Root } from '../../../host/root.ts';
import { reportFinding } from '../../../output/report-error.ts';
import type { StorePath } from '../../../store/store-path.ts';
import type { Declaration } from '../../../system/declaration/declaration.ts';
import type { Context } from '../../context.ts';
import { planActivation } from '../activation/plan-activation.ts';
import { declaredSettings } from '../boot-settings.ts';
import type { Build } from '../build-system.ts';
import type { Answer } from '../carry-out.ts';
import { type Change, changeMachine, ofMenu } from '../change-machine.ts';
import { keepLock } from '../keep-lock.ts';
import { type GenerationWish, planGeneration } from '../plan-generation.ts';
import type { Machine } from '../read-machine.ts';
import { firmwareFindings } from './firmware-finding.ts';
import { layHierarchy, layMachineId, layMountPoints, type MachineIdentity } from './lay-root.ts';
import { makeAccounts } from './make-accounts.ts';
import { lendSystemdBoot, placeLoaders } from './place-loaders.ts';

/** What is put onto a root. */
export interface Installation {
  verb: string;
  declaration: Declaration;
  /** Builds what is declared into the root's store. */
  build: () => Promise<Build>;
  identity: MachineIdentity;
  disk: TargetDisk;
  /** The machine that genctl works from, which may have a boot loader where the root has none. */
  host: Root;
  /** What is said in the end. */
  answer: (generation: { number: number; system: string }) => Answer;
}

/**
 * Makes a bootable machine of a root: its system in the store, what a root has besides, accounts,
 * `/etc`, the boot loader, and a generation as its default. What is there already stays, so a run
 * that was cut off is finished by the next one.
 */
export async function installMachine(
  context: Context,
  installation: Installation,
): Promise<ExitCode> {
  const { root, dryRun } = context;
  const { declaration } = installation;
  const settings = declaredSettings(declaration);
  const findings = [...firmwareFindings(declaration), ...lockoutFindings(declaration)];
  const exitCode = await changeMachine(context, {
    name: installation.verb,
    disk: installation.disk,
    intend: async () => {
      // What is not mounted is said before anybody has waited for a build.
      openTargetsForChange(root, settings.places)[Symbol.dispose]();
      const build = await installation.build();
      keepLock(context, build);
      if (!dryRun) await layMachine(root, build, installation);
      const usr = await usrWithLoader(root, build, installation);
      return {
        settings,
        plan: machine => planInstallation(root, machine, build.toplevel, usr, installation.answer),
      };
    },
  });
  for (const finding of findings) reportFinding(finding);
  return findings.length > 0 && exitCode === exitCodes.done ? exitCodes.attention : exitCode;
}

async function layMachine(
  root: Root,
  { toplevel }: Build,
  { declaration, identity }: Installation,
): Promise<void> {
  const tree = treeOf(root, toplevel);
  layMountPoints(root);
  layMachineId(root, identity);
  if (tree !== undefined) {
    layHierarchy(root, tree);
    await makeAccounts(root, toplevel, tree, declaration);
  }
}

async function planInstallation(
  root: Root,
  machine: Machine,
  toplevel: StorePath,
  usr: string | undefined,
  answer: Installation['answer'],
): Promise<Change> {
  const wish: GenerationWish = {
    profile: systemProfile,
    system: { toplevel },
    activation: 'now',
  };
  const activation = await planActivation(root, machine, {
    system: toplevel,
    conflicts: 'refuse',
  });
  const loaders = placeLoaders(root, machine, usr);
  const { generation, parts, menu } = planGeneration(
    root,
    machine,
    wish,
    activation.steps,
    loaders,
  );
  const change = ofMenu(menu);
  return {
    ...change,
    parts,
    findings: [...change.findings, ...activation.findings],
    preview: activation.preview,
    result: answer({ number: generation.number, system: generation.target }),
  };
}

/**
 * Where systemd-boot is taken from: the system's own `/usr`, what lies on the root, or else the
 * machine that genctl works from.
 */
async function usrWithLoader(
  root: Root,
  { toplevel }: Build,
  { declaration, host }: Installation,
): Promise<string | undefined> {
  if (!declaration.boot.loader.kind.includes('systemd-boot')) return undefined;
  const tree = treeOf(root, toplevel);
  const candidates = [...(tree === undefined ? [] : [`${tree}/usr`]), '/usr'];
  const found = candidates.find(usr => root.stat(`${usr}/${binaryFolder}`)?.kind === 'folder');
  return found ?? (await lendSystemdBoot(root, host));
}

/** Nothing is wrong with such a machine, but it is hardly what somebody wants. */
function lockoutFindings({ system, users }: Declaration): Finding[] {
  const canEnter = Object.values(users.users).some(
    ({ initialHashedPassword, authorizedKeys }) =>
      initialHashedPassword !== undefined || authorizedKeys.length > 0,
  );
  if (canEnter || system.builder !== 'debian') return [];
  return [
    {
      code: 'NOBODY_CAN_LOG_IN',
      subject: 'users',
      reason: 'no user is declared with a password or an SSH key, so nobody can log in',
      hint: 'Declare one: initialHashedPassword or authorizedKeys in [users.users "root"].',
    },
  ];
}
