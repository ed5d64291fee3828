import script from '../../../../templates/install/make-accounts.sh.eta';
import { type Root, split } from '../../../host/root.ts';
import { run } from '../../../host/run.ts';
import { passwordCredential } from '../../../system/debian/etc/login-files.ts';
import type { Configuration } from '../../../system/declaration/declaration.ts';

/** Where the credentials are while they are needed. No name in it is anybody else's. */
const credentialFolder = '/run/genctl/credentials';

/** Where files of sysusers.d(5) are, the one that counts first where two have one name. */
const places = ['etc/sysusers.d', 'os/usr/lib/sysusers.d'];

/** Secrets of accounts. */
const shadowFiles = ['shadow', 'gshadow'];

/** Whose programs may read them without being root's: those of pam(7) that check a password. */
const shadowGroup = 'shadow';

/**
 * Makes the users and groups of a system that brings its own `/usr`, so that its first boot finds
 * them. Accounts that are there stay as they are, passwords included.
 *
 * @param tree the system's operating-system tree, a logical path
 * @throws GenctlError PROGRAM_FAILED
 */
export async function makeAccounts(
  root: Root,
  toplevel: string,
  tree: string,
  { users }: Configuration,
): Promise<void> {
  removeCredentials(root);
  using credentials = root.folderOrMake(credentialFolder, 0o700);
  try {
    for (const [name, { initialHashedPassword: hash }] of Object.entries(users.users)) {
      if (hash === undefined) continue;
      const credential = passwordCredential(name);
      credentials.removeTree(credential);
      credentials.createUnsynced(credential, Buffer.from(hash), 0o600);
    }
    const view = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh'];
    const args = [
      ...view,
      root.hostPath,
      root.onHost(`${tree}/usr`),
      ...accountFiles(root, toplevel),
    ];
    await run('unshare', args, {
      shielded: true,
      env: { CREDENTIALS_DIRECTORY: credentialFolder },
    });
    openShadowFiles(root);
  } finally {
    removeCredentials(root);
  }
}

/** Also those of a run that a power cut has ended. */
function removeCredentials(root: Root): void {
  const { parent, name } = split(credentialFolder);
  using above = root.folderIfThere(parent);
  above?.removeTree(name);
}

/** As Debian has them; systemd-sysusers makes them readable for nobody, and leaves what it finds. */
function openShadowFiles(root: Root): void {
  const groups = root.readFile('/etc/group').toString('utf8');
  const gid = new RegExp(`^${shadowGroup}:[^:]*:([0-9]+):`, 'm').exec(groups)?.[1];
  if (gid === undefined) return;
  using etc = root.folder('/etc');
  for (const name of shadowFiles) {
    if (etc.stat(name)?.mode !== 0) continue;
    etc.setOwner(name, 0, Number(gid));
    etc.setMode(name, 0o640);
  }
}

/** As paths in the store, in the order of their names, as systemd-sysusers would take them. */
function accountFiles(root: Root, toplevel: string): string[] {
  const files = new Map<string, string>();
  for (const place of places) {
    using folder = root.folderIfThere(`${toplevel}/${place}`);
    if (folder === undefined) continue;
    const path = root.realPath(`${toplevel}/${place}`);
    for (const name of folder.names()) {
      if (name.endsWith('.conf') && !files.has(name)) files.set(name, `${path}/${name}`);
    }
  }
  return [...files]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, path]) => path)
    .filter(path => root.stat(path)?.kind === 'file');
}
