import { systemProfile } from './generation.ts';

/** Where Nix keeps profiles; the layout is Nix's and NixOS's. */
export const profilesFolder = '/nix/var/nix/profiles';
export const systemProfilesFolder = `${profilesFolder}/system-profiles`;

/** Names of profiles become names of files; Nix's tools take no more than these. */
const profileName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

/** The highest number that a generation can have: what a name of a link can bear. */
export const highestPossibleNumber = 999_999_999;

/** The folder that holds a profile's links. */
export function folderOf(profile: string): string {
  return profile === systemProfile ? profilesFolder : systemProfilesFolder;
}

/** The logical path of the link that is the profile. */
export function profileLink(profile: string): string {
  return `${folderOf(profile)}/${profile}`;
}

/** The name of a generation's link, beside the profile's own. */
export function generationLinkName(profile: string, number: number): string {
  return `${profile}-${number}-link`;
}

export function generationLink(profile: string, number: number): string {
  return `${folderOf(profile)}/${generationLinkName(profile, number)}`;
}

/** Reads a link's name; undefined for a name that is none. */
export function parseGenerationLinkName(
  name: string,
): { profile: string; number: number } | undefined {
  // At most as many digits as `highestPossibleNumber` has.
  const match = /^(.+)-([1-9][0-9]{0,8})-link$/.exec(name);
  const profile = match?.[1];
  if (profile === undefined || !profileName.test(profile)) return undefined;
  return { profile, number: Number(match?.[2]) };
}
