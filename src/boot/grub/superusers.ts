import { GenctlError } from '../../errors.ts';

/** Who may do more than pick an entry. */
export interface Superusers {
  /** GRUB's variable; undefined where everybody may. */
  superusers: string | undefined;
  /** Names with what `grub-mkpasswd-pbkdf2` makes of passwords. */
  passwords: readonly (readonly [name: string, hash: string])[];
}

/** A name without a password: nobody can be that. */
const nobody = 'nobody';

/**
 * @param names all that are declared: who has no password here is locked out, and lets nobody in
 * @param editor whether entries may be edited where no user is declared
 * @param unrestricted whether entries boot without a password
 * @throws GenctlError GRUB_USER_NAME, GRUB_PASSWORD: GRUB would take another name, or lock all out
 */
export function superusersOf(
  names: readonly string[],
  passwords: ReadonlyMap<string, string>,
  { editor, unrestricted }: { editor: boolean; unrestricted: boolean },
): Superusers {
  if (names.length === 0) return { superusers: editor ? undefined : nobody, passwords: [] };
  const hashed = names.flatMap((name): [string, string][] => {
    const hash = passwords.get(name);
    if (!/^[\w.-]{1,64}$/.test(name)) {
      throw new GenctlError(
        'GRUB_USER_NAME',
        `the user ${JSON.stringify(name)} of GRUB: a name has letters, digits, dots, underscores and hyphens`,
      );
    }
    if (hash === undefined) return [];
    if (!/^grub\.pbkdf2\.sha512\.[1-9][0-9]{0,8}(?:\.(?:[0-9A-Fa-f]{2}){1,512}){2}$/.test(hash)) {
      throw new GenctlError(
        'GRUB_PASSWORD',
        `the password of the user ${name} of GRUB is not hashed as GRUB wants it`,
        { hint: 'Make one with: grub-mkpasswd-pbkdf2' },
      );
    }
    return [[name, hash]];
  });
  if (hashed.length === 0 && !unrestricted) {
    throw new GenctlError(
      'GRUB_PASSWORD',
      'no password of a user of GRUB can be read, and its entries boot with one only: nothing would boot',
      {
        hint: 'Put the file there that hashedPasswordFile names; or set unrestricted = true in [boot.loader.grub].',
      },
    );
  }
  return { superusers: names.join(' '), passwords: hashed };
}
