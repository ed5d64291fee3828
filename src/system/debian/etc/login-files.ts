import { unitValue } from '../../../template.ts';
import type { Configuration } from '../../declaration/declaration.ts';
import type { GeneratedText } from '../../wanted-etc.ts';

/**
 * Lets systemd-sysusers run at each boot, as each generation has its own accounts; by itself it
 * would only where `/usr` is newer than `/etc`, and times say nothing here. Users are given their
 * first passwords by it when they are made. That the hash is in the store, where everybody can read
 * it, docs/debian.md says: it is a first password.
 */
function sysusersUnit(users: Configuration['users']['users']): string {
  const credentials = Object.entries(users).flatMap(([name, { initialHashedPassword }]) =>
    initialHashedPassword === undefined
      ? []
      : [`SetCredential=${passwordCredential(name)}:${unitValue(initialHashedPassword)}`],
  );
  const service = credentials.length === 0 ? [] : ['', '[Service]', ...credentials];
  return ['[Unit]', 'ConditionNeedsUpdate=', ...service].map(line => `${line}\n`).join('');
}

/** The credential from which systemd-sysusers(8) takes the hash of a new user's password. */
export function passwordCredential(name: string): string {
  return `passwd.hashed-password.${name}`;
}

const keyFolder = 'ssh/authorized_keys.d';

/** The files of /etc by which people get in. Pure. */
export function loginFiles({ users }: Configuration): GeneratedText[] {
  const withKeys = Object.entries(users.users).filter(
    ([, { authorizedKeys }]) => authorizedKeys.length > 0,
  );
  const keyFiles = withKeys.map(([name, { authorizedKeys }]) => ({
    path: `${keyFolder}/${name}`,
    text: authorizedKeys.map(key => `${key}\n`).join(''),
    mode: 0o644,
  }));
  const lookThere = {
    path: 'ssh/sshd_config.d/genctl-authorized-keys.conf',
    text: `AuthorizedKeysFile .ssh/authorized_keys .ssh/authorized_keys2 /etc/${keyFolder}/%u\n`,
    mode: 0o644,
  };
  return [
    {
      path: 'systemd/system/systemd-sysusers.service.d/genctl.conf',
      text: sysusersUnit(users.users),
      mode: 0o644,
    },
    ...(withKeys.length === 0 ? [] : [lookThere, ...keyFiles]),
  ];
}
