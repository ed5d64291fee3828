import { dirname } from 'node:path';
import { isCopied } from '../../boot/grub/installation/measure-installation.ts';
import { moduleFolder } from '../../boot/grub/installation/read-packages.ts';
import { type Finding, GenctlError } from '../../errors.ts';
import { Root, split } from '../../host/root.ts';
import { run } from '../../host/run.ts';
import type { GrubAssembly, GrubInstallRun, RunGrubInstall } from '../../transaction/step.ts';
import { attentionIn, type FailedRun, installFailed, messagesOf } from './grub-install-messages.ts';

/**
 * Runs `grub-install` for each disk and kind of firmware, and lets each disk start what it has made
 * once that is durable. One that fails does not keep the others from being done: of two disks one
 * may be gone.
 *
 * @param makeDurable makes what was written to the boot partition durable
 * @returns what works and still needs attention
 * @throws GenctlError GRUB_INSTALL_FAILED (names each that failed), PROGRAM_MISSING
 */
export async function runGrubInstall(
  { runs }: Pick<RunGrubInstall, 'runs'>,
  makeDurable: () => Promise<void>,
): Promise<Finding[]> {
  const failed: FailedRun[] = [];
  const findings: Finding[] = [];
  for (const each of runs) {
    const { exitCode, said } = await runOnce(each, makeDurable);
    if (exitCode !== 0) failed.push({ device: each.device, said });
    else findings.push(...attentionIn(said, each));
  }
  if (failed.length > 0) throw installFailed(failed, runs.length);
  return findings;
}

interface Ended {
  exitCode: number;
  said: readonly string[];
}

async function runOnce(
  { args, setup, assembly }: GrubInstallRun,
  makeDurable: () => Promise<void>,
): Promise<Ended> {
  if (assembly !== undefined) {
    await layAssembly(assembly);
    return await runProgram('grub-mkimage', args);
  }
  const installed = await runProgram('grub-install', args);
  if (installed.exitCode !== 0 || setup === undefined) return installed;
  await makeDurable();
  const { exitCode, said } = await runProgram(biosSetupProgram(), setup);
  return { exitCode, said: [...installed.said, ...said] };
}

/** Lays what a core image is made with, and what it will load. */
async function layAssembly({ modules, font, config, output }: GrubAssembly): Promise<void> {
  using host = new Root('/');
  using from = host.folder(modules.from);
  using to = host.folderOrMake(modules.to);
  using _program = host.folderOrMake(dirname(output));
  const copied = from.names().filter(isCopied);
  const sources = copied.map(name => `${modules.from}/${name}`);
  await run('cp', ['--target-directory', to.realPath, '--', ...sources], { shielded: true });
  if (font !== undefined) {
    using _fonts = host.folderOrMake(dirname(font.to));
    await run('cp', ['--no-target-directory', '--', font.from, font.to], { shielded: true });
  }
  const { name } = split(config.path);
  to.removeTree(name);
  to.createUnsynced(name, Buffer.from(config.text));
}

/** Exit codes by which they say that they failed: their own, and that of their option parser. */
const refusals = [1, 64];

async function runProgram(program: string, args: readonly string[]): Promise<Ended> {
  try {
    const { exitCode, stderr } = await run(program, args, {
      shielded: true,
      accept: [0, ...refusals],
      // Whether GRUB may ask a passphrase is the declaration's to say, and has been judged by it.
      env: { GRUB_ENABLE_CRYPTODISK: 'y' },
    });
    return { exitCode, said: messagesOf(stderr) };
  } catch (thrown) {
    if (!(thrown instanceof GenctlError) || thrown.code !== 'PROGRAM_FAILED') throw thrown;
    return { exitCode: 1, said: [thrown.message] };
  }
}

/** Debian has it beside the modules, where no PATH leads. */
function biosSetupProgram(): string {
  const besideModules = `${moduleFolder}/i386-pc/grub-bios-setup`;
  using host = new Root('/');
  return host.stat(besideModules)?.kind === 'file' ? besideModules : 'grub-bios-setup';
}
