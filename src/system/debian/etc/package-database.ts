import type { GeneratedText } from '../../wanted-etc.ts';

const units = 'systemd/system';
const unit = 'var-lib-dpkg.mount';

/**
 * Units that show a system's own database of packages on a machine that was installed otherwise and
 * became one of generations: the one of the Debian before is a folder there, and stays for it. On
 * others, `/var/lib/dpkg` is a link to the database, and nothing is mounted. They are the same in all
 * systems, so that no two differ by them; a live switch exchanges what they mount together with /usr.
 * Pure.
 */
export function packageDatabaseUnits(): GeneratedText[] {
  const mount = [
    '[Unit]',
    "Description=This generation's database of packages",
    // The other Debian reads this unit too.
    'ConditionPathExists=/run/booted-system/os',
    'ConditionPathIsSymbolicLink=!/var/lib/dpkg',
    '[Mount]',
    'What=/usr/lib/sysimage/dpkg',
    'Where=/var/lib/dpkg',
    'Type=none',
    'Options=bind,ro',
  ];
  const wants = ['[Unit]', `Wants=${unit}`];
  return [
    { path: `${units}/${unit}`, text: lines(mount), mode: 0o644 },
    { path: `${units}/local-fs.target.d/genctl.conf`, text: lines(wants), mode: 0o644 },
  ];
}

function lines(all: readonly string[]): string {
  return all.map(line => `${line}\n`).join('');
}
