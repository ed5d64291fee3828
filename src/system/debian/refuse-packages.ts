import script from '../../../templates/debian/refuse-changes.sh.eta';
import type { GeneratedText } from '../wanted-etc.ts';

const scriptPath = 'dpkg/refuse-changes';

/**
 * Files of /etc by which apt and dpkg say how to declare a package, in place of failing at the
 * read-only /usr. Reads go on, and so does work on another root. apt asks before it lets packages
 * put their questions, and dpkg before it looks at its database. Pure.
 */
export function refusePackageChanges(): GeneratedText[] {
  const command = `sh /etc/${scriptPath}`;
  return [
    { path: scriptPath, text: script, mode: 0o644 },
    { path: 'dpkg/dpkg.cfg.d/genctl', text: `pre-invoke=${command}\n`, mode: 0o644 },
    {
      path: 'apt/apt.conf.d/99genctl',
      text: `DPkg::Pre-Invoke { "${command}"; };\n`,
      mode: 0o644,
    },
  ];
}
