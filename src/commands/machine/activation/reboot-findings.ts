import { bootedSystem } from '../../../activation/own-usr.ts';
import { type Finding, GenctlError } from '../../../errors.ts';
import type { Root } from '../../../host/root.ts';
import { packageListName, parsePackageList } from '../../../system/debian/package-list.ts';

/** Packages that everything which runs has open, or is connected to. */
const everywhere = ['dbus', 'dbus-broker', 'dbus-daemon', 'libc6'];

const hint = 'Reboot when it suits.';

/**
 * What of a system takes a reboot to be in force everywhere, beside the one that was booted: the
 * kernel, and packages that what was started before goes on using. None of it is a failure.
 */
export function rebootFindings(root: Root, system: string): Finding[] {
  const findings: Finding[] = [];
  const kernels = [bootedSystem, system].map(path => root.realPath(`${path}/kernel`));
  if (kernels[0] !== kernels[1]) {
    findings.push({
      code: 'REBOOT_ADVISED',
      subject: 'the kernel',
      reason: 'the one that was booted runs on until the next boot',
      hint,
    });
  }
  const before = versionsOf(root, bootedSystem);
  const after = versionsOf(root, system);
  for (const name of everywhere) {
    const [old, future] = [before.get(name), after.get(name)];
    if (old === undefined || future === undefined || old === future) continue;
    findings.push({
      code: 'REBOOT_ADVISED',
      subject: name,
      reason: `what was started before uses ${old} until it is started again, and not ${future}`,
      hint,
    });
  }
  return findings;
}

/** Versions of the packages in a system. A list that cannot be read advises nothing. */
function versionsOf(root: Root, system: string): ReadonlyMap<string, string> {
  const path = `${system}/${packageListName}`;
  try {
    const text = root.readFileIfThere(path)?.toString('utf8');
    const packages = text === undefined ? [] : parsePackageList(text);
    return new Map(packages.map(({ name, version }) => [name, version]));
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return new Map();
  }
}
