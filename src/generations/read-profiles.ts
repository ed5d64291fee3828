import type { Bootspec } from '../bootspec/bootspec.ts';
import { readBootspec } from '../bootspec/read-bootspec.ts';
import { type Finding, GenctlError } from '../errors.ts';
import { byBytes, type Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import { type Generation, nameOf, type Profile, systemProfile } from './generation.ts';
import { parseGenerationLinkName, profilesFolder, systemProfilesFolder } from './profile-layout.ts';

/** Reads all profiles that a machine can boot: `system`, then the others by name. */
interface Seen {
  /** By the target of the link. */
  systems: Map<string, Generation['system']>;
  /** Whether a path leads to a file, by the path. */
  files: Map<string, boolean>;
}

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
  const profiles = new Map<string, Generation[]>();
  for (const name of names) {
    const parsed = parseGenerationLinkName(name);
    // Other profiles of that folder (`default`, `per-user`) are nothing that boots.
    if (parsed === undefined) continue;
    // And the other folder has none of the name `system`.
    if ((path === profilesFolder) !== (parsed.profile === systemProfile)) continue;
    const generation = readGeneration(root, folder, name, parsed, store, seen);
    if (generation === undefined) continue;
    const generations = profiles.get(parsed.profile) ?? [];
    generations.push(generation);
    profiles.set(parsed.profile, generations);
  }
  return [...profiles]
    .toSorted(([left], [right]) => byBytes(left, right))
    .map(([name, generations]) => ({
      name,
      currentNumber: readCurrent(folder, name),
      generations: generations.toSorted((left, right) => left.number - right.number),
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
    system = readSystem(root, target, id, store, seen);
    seen.systems.set(target, system);
  }
  return { ...id, target, madeAtSeconds: stat.mtimeSeconds, system };
}

function readSystem(
  root: Root,
  target: string,
  id: { profile: string; number: number },
  store: Folder | undefined,
  seen: Seen,
): { bootspec: Bootspec } | { finding: Finding } {
  const baseName = /^\/nix\/store\/([^/]+)$/.exec(target)?.[1];
  try {
    if (baseName === undefined || store === undefined) {
      throw new GenctlError('LINK_BROKEN', `its link leads to ${target}, which is no store path`);
    }
    const bootspec = readBootspec(store, baseName);
    const missing = bootFilesOf(bootspec).find(path => !isFile(root, path, seen.files));
    if (missing === undefined) return { bootspec };
    throw new GenctlError(
      'KERNEL_MISSING',
      `${root.onHost(missing)}: there is no such file to boot`,
    );
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return { finding: { code: thrown.code, subject: nameOf(id), reason: thrown.message } };
  }
}

/** All that a boot loader has to read of a system and its specialisations. */
function bootFilesOf({ kernel, initrds, devicetree, specialisations }: Bootspec): string[] {
  const inner = [...specialisations.values()].flatMap(bootFilesOf);
  return [kernel, ...initrds, ...(devicetree === undefined ? [] : [devicetree]), ...inner];
}

function isFile(root: Root, path: string, seen: Map<string, boolean>): boolean {
  const known = seen.get(path) ?? root.stat(path)?.kind === 'file';
  seen.set(path, known);
  return known;
}

function readCurrent(folder: Folder, profile: string): number | undefined {
  const target = folder.readLinkIfThere(profile);
  if (target === undefined) return undefined;
  const parsed = parseGenerationLinkName(target.slice(target.lastIndexOf('/') + 1));
  return parsed?.profile === profile ? parsed.number : undefined;
}
