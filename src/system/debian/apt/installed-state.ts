/** A package as dpkg's database is to have it. */
export interface InstalledPackage {
  name: string;
  architecture: string;
  /** Its paragraph of control fields. */
  control: string;
  /** Whether it is there for its own sake; else it goes when nothing needs it any more. */
  isWanted: boolean;
}

/**
 * What makes apt believe that packages are installed: dpkg's `status`, and apt's own
 * `extended_states`. Pure.
 *
 * @param architecture of the machine: what is for all of them counts as its own
 */
export function renderInstalled(
  packages: readonly InstalledPackage[],
  architecture: string,
): { status: string; extendedStates: string } {
  const status = packages.map(
    ({ control }) => `${installedControl(control)}\nStatus: install ok installed\n`,
  );
  const automatic = packages
    .filter(({ isWanted }) => !isWanted)
    .map(({ name }) => `Package: ${name}\nArchitecture: ${architecture}\nAuto-Installed: 1\n`);
  return { status: status.join('\n'), extendedStates: automatic.join('\n') };
}

/** Without what only lists have: how to fetch a package tells them from what is installed. */
function installedControl(control: string): string {
  return control
    .trim()
    .replace(/^(?:Status|Filename|Size|MD5sum|SHA1|SHA256|SHA512):.*\n?/gim, '')
    .trim();
}
