import { GenctlError } from '../../errors.ts';

const names: Readonly<Record<string, string>> = {
  'aarch64-linux': 'arm64',
  'armv7l-linux': 'armhf',
  'i686-linux': 'i386',
  'riscv64-linux': 'riscv64',
  'x86_64-linux': 'amd64',
};

/**
 * Debian's word for a platform.
 *
 * @param platform as Nix calls it, `x86_64-linux`
 * @throws GenctlError ARCHITECTURE_UNKNOWN
 */
export function debianArchitecture(platform: string): string {
  const name = names[platform];
  if (name !== undefined) return name;
  throw new GenctlError(
    'ARCHITECTURE_UNKNOWN',
    `cannot build for ${platform}: Debian has no packages for it that genctl knows of`,
    { hint: `Known are ${Object.keys(names).join(', ')}.` },
  );
}
