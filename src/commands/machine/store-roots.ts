import type { Finding } from '../../errors.ts';
import { type Generation, nameOf } from '../../generations/generation.ts';
import { folderOf, generationLink } from '../../generations/profile-layout.ts';
import type { Root } from '../../host/root.ts';
import { followLink, type Link, unclearRoot } from '../../store/follow-link.ts';
import { type GcRoot, readGcRoots } from '../../store/gc-roots.ts';
import type { Systems } from './read-machine.ts';
import { runLinks } from './uses.ts';

/** What keeps store paths alive. */
export interface AliveRoots {
  roots: readonly GcRoot[];
  /**
   * Links that do not say what they keep alive: those of generations and of the running machine,
   * and all others that cannot be followed. Anything might be that, so nothing may be deleted then.
   */
  unclear: readonly Finding[];
  findings: readonly Finding[];
}

/** @param leaving generations whose links go first, so that they keep nothing alive */
export function aliveRoots(
  root: Root,
  systems: Systems,
  leaving: readonly Generation[],
): AliveRoots {
  const all = systems.profiles.flatMap(({ generations }) => generations);
  const gone = new Set(leaving.map(linkOf));
  const machine = readGcRoots(root);
  const roots = machine.roots.filter(({ link }) => link === undefined || !gone.has(link));
  const known = new Set(roots.map(keyOf));
  const unclear: Finding[] = [];
  for (const { subject, path, link } of [
    ...all.filter(generation => !leaving.includes(generation)).map(ownLinkOf),
    ...runLinks(systems).map(run => ({ ...run, path: run.subject })),
  ]) {
    const { storePaths, doubt } = followLink(root, link);
    const why = `its link leads to ${link.target}, which is not in the store`;
    if (storePaths.length === 0) unclear.push(unclearRoot(subject, doubt ?? { reason: why }));
    // What genctl shows must stay, wherever the walk through Nix's folders came.
    for (const storePath of storePaths) {
      const own = { storePath, reason: `${path} -> ${link.target}`, link: path };
      if (!known.has(keyOf(own))) roots.push(own);
    }
  }
  // What is said of a generation is not said again of its link.
  const own = new Set([...all.map(linkOf), ...runLinks(systems).map(({ subject }) => subject)]);
  unclear.push(...machine.unclear.filter(({ subject }) => !own.has(subject)));
  return { roots, unclear, findings: machine.findings };
}

function ownLinkOf(generation: Generation): { subject: string; path: string; link: Link } {
  const link = { folder: folderOf(generation.profile), target: generation.target };
  return { subject: nameOf(generation), path: linkOf(generation), link };
}

function linkOf({ profile, number }: Generation): string {
  return generationLink(profile, number);
}

function keyOf({ link, storePath }: GcRoot): string {
  return `${link} ${storePath}`;
}
