import type { Bootspec } from '../bootspec/bootspec.ts';
import { readBootspec } from '../bootspec/read-bootspec.ts';
import { type Finding, GenctlError } from '../errors.ts';
import { byBytes, type Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import { baseNameOf, isStorePath } from '../store/store-path.ts';
import { type Generation, nameOf, type Profile, systemProfile } from './generation.ts';
import { parseGenerationLinkName, profilesFolder, systemProfilesFolder } from './profile-layout.ts';

/** What was looked at already: many generations share a system or a kernel. */
interface Seen {
  /** By the target of the link. */
  systems: Map<string, Generation['system']>;
  /** Whether a path leads to a file, by the path. */
  files: Map<string, boolean>;
}

/** Reads all profiles that a machine can boot: `system`, then the others by name. */
export function readProfiles(root: Root): Profile[] {
  using store = root.folderIfThere('/nix/store');
  const seen: Seen = { systems: new Map(), files: new Map() };
  const system = readFolder(root, profilesFolder, store, seen).filter(
    profile => profile.name === systemProfile,
  );
  return [...system, ...readFolder(root, systemProfilesFolder, store, seen)];
}

function readFolder(root: Root, path: string, store: Folder | undefined, seen: Seen): Profile[] {
  using folder = root.folderIfThere(path);
  if (folder === undefined) return [];
  const names = folder.names();
  const profiles = new Map<string, { generations: Generation[]; highestNumber: number }>();
  for (const name of names) {
    const parsed = parseGenerationLinkName(name);
    // Other profiles of that folder (`default`, `per-user`) are nothing that boots.
    if (parsed === undefined) continue;
    // And the other folder has none of the name `system`.
    if ((path === profilesFolder) !== (parsed.profile === systemProfile)) continue;
    const profile = profiles.get(parsed.profile) ?? { generations: [], highestNumber: 0 };
    profiles.set(parsed.profile, profile);
    // A number is taken by whatever bears it: making a link replaces what is of its name.
    profile.highestNumber = Math.max(profile.highestNumber, parsed.number);
    const generation = readGeneration(root, folder, name, parsed, store, seen);
    if (generation !== undefined) profile.generations.push(generation);
  }
  return [...profiles]
    .filter(([name, { generations }]) => name === systemProfile || generations.length > 0)
    .toSorted(([left], [right]) => byBytes(left, right))
    .map(([name, { generations, highestNumber }]) => ({
      name,
      currentNumber: readCurrent(folder, name),
      generations: generations.toSorted((left, right) => left.number - right.number),
      highestNumber,
    }));
}

function readGeneration(
  root: Root,
  folder: Folder,
  linkName: string,
  id: { profile: string; number: number },
  store: Folder | undefined,
  seen: Seen,
): Generation | undefined {
  const stat = folder.stat(linkName);
  if (stat?.kind !== 'link') return undefined;
  const target = folder.readLink(linkName);
  let system = seen.systems.get(target);
  if (system === undefined) {
    system = readSystem(root, target, store, seen);
    seen.systems.set(target, system);
  }
  const named =
    'finding' in system ? { finding: { ...system.finding, subject: nameOf(id) } } : system;
  return { ...id, target, madeAtSeconds: dateInRange(stat.mtimeSeconds), system: named };
}

/**
 * A file system can hold times that no date can be made of, and a menu shows years of four
 * digits: what is beyond them is the first or the last of their seconds.
 */
function dateInRange(seconds: number): number {
  const first = Date.parse('0000-01-01T00:00:00Z') / 1000;
  const last = Date.parse('9999-12-31T23:59:59Z') / 1000;
  return Math.min(Math.max(seconds, first), last);
}

function readSystem(
  root: Root,
  target: string,
  store: Folder | undefined,
  seen: Seen,
): { bootspec: Bootspec } | { finding: Finding } {
  try {
    // The rules of store paths also keep blanks out of what `init=` tells the kernel.
    if (!isStorePath(target) || store === undefined) {
      throw new GenctlError('LINK_BROKEN', `its link leads to ${target}, which is no store path`);
    }
    const bootspec = readBootspec(store, baseNameOf(target));
    assertNoSecrets(bootspec);
    const missing = bootFilesOf(bootspec).find(path => !isFile(root, store, path, seen));
    if (missing === undefined) return { bootspec };
    throw new GenctlError(
      'KERNEL_MISSING',
      `${root.onHost(missing)}: there is no such file to boot`,
    );
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return { finding: { code: thrown.code, subject: target, reason: thrown.message } };
  }
}

/**
 * Secrets are put into an initrd by a program of the system, at the time its entry is made.
 * RFC 0125: an entry whose initrd lacks its secrets must not be made.
 */
function assertNoSecrets({ initrdSecrets, specialisations }: Bootspec): void {
  if (initrdSecrets !== undefined) {
    throw new GenctlError(
      'INITRD_SECRETS_UNSUPPORTED',
      'its initrd wants secrets appended, which this version of genctl cannot do',
    );
  }
  for (const inner of specialisations.values()) assertNoSecrets(inner);
}

/** All that a boot loader has to read of a system and its specialisations. */
function bootFilesOf({ kernel, initrds, devicetree, specialisations }: Bootspec): string[] {
  const inner = [...specialisations.values()].flatMap(bootFilesOf);
  return [kernel, ...initrds, ...(devicetree === undefined ? [] : [devicetree]), ...inner];
}

function isFile(root: Root, store: Folder, path: string, { files }: Seen): boolean {
  const known = files.get(path);
  if (known !== undefined) return known;
  const baseName = storePathName(path);
  const found =
    (baseName !== undefined && store.stat(baseName)?.kind === 'file') ||
    root.stat(path)?.kind === 'file';
  files.set(path, found);
  return found;
}

/** The name of a path that is right below the store. */
function storePathName(path: string): string | undefined {
  return /^\/nix\/store\/([^/]+)$/.exec(path)?.[1];
}

function readCurrent(folder: Folder, profile: string): number | undefined {
  const target = folder.readLinkIfThere(profile);
  if (target === undefined) return undefined;
  const parsed = parseGenerationLinkName(target.slice(target.lastIndexOf('/') + 1));
  return parsed?.profile === profile ? parsed.number : undefined;
}
