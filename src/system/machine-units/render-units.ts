import serviceSource from '../../../templates/units/genctl-gc.service.eta';
import timerSource from '../../../templates/units/genctl-gc.timer.eta';
import recoverSource from '../../../templates/units/genctl-recover.service.eta';
import initramfsSource from '../../../templates/units/initramfs-post-update.sh.eta';
import kernelInstallSource from '../../../templates/units/kernel-install.sh.eta';
import postinstSource from '../../../templates/units/kernel-postinst.sh.eta';
import postrmSource from '../../../templates/units/kernel-postrm.sh.eta';
import makeGenerationSource from '../../../templates/units/make-generation.sh.eta';
import { shellWord, template, unitValue, unitWord } from '../../template.ts';
import { sign, type UnitFile, unitHeader } from './unit-file.ts';

/** What the units and hooks have to know of the machine. */
export interface UnitFacts {
  /** The words that start genctl: absolute paths. */
  program: readonly string[];
  /** Logical path of the declaration's folder. */
  config: string;
}

interface UnitText {
  header: string;
  declaration: string;
  command: string;
  config: string;
}

interface HookText {
  header: string;
  /** Shell text that ends the hook. */
  makeGeneration: string;
  /** Where the hook for Debian's kernel packages is. */
  kernelHook: string;
}

const renderService = template<UnitText>(serviceSource, unitWord);
const renderTimer = template<{ header: string }>(timerSource, unitWord);
const renderRecover = template<Pick<UnitText, 'header' | 'command'>>(recoverSource, unitWord);
const renderMakeGeneration = template<{ config: string; command: string }>(
  makeGenerationSource,
  shellWord,
);
const renderPostinst = template<HookText>(postinstSource, shellWord);
const renderPostrm = template<HookText>(postrmSource, shellWord);
const renderInitramfs = template<HookText>(initramfsSource, shellWord);
const renderKernelInstall = template<HookText>(kernelInstallSource, shellWord);

export const unitFolder = '/etc/systemd/system';
export const timerName = 'genctl-gc.timer';

/** A unit that systemd starts by itself. */
export interface EnabledUnit {
  name: string;
  /** The target that starts it, as its [Install] section says. */
  wantedBy: string;
  /** Whether it has something to do as soon as it is enabled, and not only at the next boot. */
  startsNow: boolean;
}

export const unitsToEnable: readonly EnabledUnit[] = [
  { name: timerName, wantedBy: 'timers.target', startsNow: true },
  { name: 'genctl-recover.service', wantedBy: 'multi-user.target', startsNow: false },
];

const kernelHook = '/etc/kernel/postinst.d/zz-genctl';

/**
 * All files, as they shall be.
 *
 * @throws GenctlError UNSAFE_TEXT where a path cannot be written into a unit
 */
export function renderUnits({ program, config }: UnitFacts): UnitFile[] {
  const header = unitHeader;
  const command = program.map(unitWord).join(' ');
  const declaration = unitValue(`${config}/system.conf`);
  const service = renderService({ header, declaration, command, config });
  const makeGeneration = renderMakeGeneration({
    config,
    command: program.map(shellWord).join(' '),
  });
  const hook = { header, makeGeneration, kernelHook };
  const files: readonly (readonly [path: string, text: string, mode: number])[] = [
    [`${unitFolder}/genctl-gc.service`, service, 0o644],
    [`${unitFolder}/${timerName}`, renderTimer({ header }), 0o644],
    [`${unitFolder}/genctl-recover.service`, renderRecover({ header, command }), 0o644],
    [kernelHook, renderPostinst(hook), 0o755],
    ['/etc/kernel/postrm.d/zz-genctl', renderPostrm(hook), 0o755],
    ['/etc/initramfs/post-update.d/zz-genctl', renderInitramfs(hook), 0o755],
    ['/etc/kernel/install.d/95-genctl.install', renderKernelInstall(hook), 0o755],
  ];
  return files.map(([path, text, mode]) => ({ path, text: sign(text), mode }));
}

/** Where all files are, whatever they hold. */
export function unitPaths(): string[] {
  return renderUnits({ program: [], config: '' }).map(({ path }) => path);
}
