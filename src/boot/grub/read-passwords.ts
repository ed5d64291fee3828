import { type Finding, GenctlError } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import type { GrubSettings } from './grub-settings.ts';

/** The passwords of the menu's users. One that cannot be read is said: its user cannot log in. */
export function readPasswords(
  root: Root,
  { users }: Pick<GrubSettings, 'users'>,
): { hashes: Map<string, string>; findings: Finding[] } {
  const hashes = new Map<string, string>();
  const findings: Finding[] = [];
  for (const { name, password } of users) {
    if ('hashed' in password) {
      hashes.set(name, password.hashed);
      continue;
    }
    const text = readPasswordFile(root, password.file);
    if (typeof text === 'string' && isPasswordHash(text)) {
      hashes.set(name, text);
      continue;
    }
    // Only root may read it, and who only looks need not be root.
    if (text instanceof GenctlError && text.code === 'NOT_ALLOWED') continue;
    findings.push({
      code: 'GRUB_PASSWORD_UNREADABLE',
      subject: root.onHost(password.file),
      reason: `${flawOfPasswordFile(text)}: ${name} cannot log in to the menu`,
      hint: 'Make it with grub-mkpasswd-pbkdf2: only the line that starts with grub.pbkdf2.sha512.',
    });
  }
  return { hashes, findings };
}

function readPasswordFile(root: Root, path: string): string | GenctlError | undefined {
  try {
    return root
      .readFileIfThere(path, 1 << 16)
      ?.toString('utf8')
      .trim();
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown;
    throw thrown;
  }
}

function flawOfPasswordFile(text: string | GenctlError | undefined): string {
  if (text === undefined) return 'there is no such file';
  return text instanceof GenctlError ? text.message : 'it holds no hash of a password';
}

function isPasswordHash(text: string): boolean {
  return /^grub\.pbkdf2\.sha512\.[1-9][0-9]*\.[0-9A-Fa-f]+\.[0-9A-Fa-f]+$/.test(text);
}
